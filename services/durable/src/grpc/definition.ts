/** The service definition, read from the .proto files beside this one when it is first needed. */
import { fileURLToPath } from 'node:url'
import type { ServiceDefinition } from '@grpc/grpc-js'

const directory = fileURLToPath(new URL('./proto', import.meta.url))
let loading: Promise<ServiceDefinition> | undefined

/** `TaskHubSidecarService`: messages are plain objects, unset messages null, unset members of a oneof absent. */
export function loadDefinition(): Promise<ServiceDefinition> {
  loading ??= load()
  return loading
}

async function load(): Promise<ServiceDefinition> {
  const { load } = await import('@grpc/proto-loader')
  const definitions = await load('service.proto', {
    includeDirs: [directory],
    keepCase: true,
    longs: Number,
    defaults: true,
  })
  return definitions.TaskHubSidecarService as ServiceDefinition
}
