/** Service definitions, read from the .proto files beside this one when they are first needed. */
import { fileURLToPath } from 'node:url'
import type { ServiceDefinition } from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'

const directory = fileURLToPath(new URL('./proto', import.meta.url))
let loading: Promise<PackageDefinition> | undefined

/** Messages are plain objects, unset messages in them null, unset members of a oneof absent. */
export async function loadDefinition(
  name: 'TaskHubSidecarService' | 'Passthrough' = 'TaskHubSidecarService',
): Promise<ServiceDefinition> {
  loading ??= load()
  const definitions = await loading
  return definitions[name] as ServiceDefinition
}

async function load(): Promise<PackageDefinition> {
  const { load } = await import('@grpc/proto-loader')
  return await load(['service.proto', 'passthrough.proto'], {
    includeDirs: [directory],
    keepCase: true,
    longs: Number,
    defaults: true,
  })
}
