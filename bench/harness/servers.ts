/** The servers that are compared: how each is started. All run on the same Node.js and answer the same requests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerCommand } from './server-process.ts'

export interface Server {
  readonly name: string
  readonly command: (port: number) => ServerCommand
}

export const root = fileURLToPath(new URL('../..', import.meta.url))
const fixtures = join(root, 'bench/fixtures')
/** An unmodified app for Azure Functions, programming model 4. */
export const helloApp = join(fixtures, 'hello-app')

export const nodeHttp: Server = {
  name: 'node:http',
  command: (port) => ({ file: process.execPath, args: [join(fixtures, 'node-http.mjs'), String(port)] }),
}

/** The least that can listen: what starting Node.js costs. */
export const bareNode: Server = {
  name: 'node -e http',
  command: (port) => ({
    file: process.execPath,
    args: ['-e', `require('node:http').createServer((_, response) => response.end('Hello')).listen(${port})`],
  }),
}

export const fastify: Server = {
  name: 'fastify',
  command: (port) => ({ file: process.execPath, args: [join(fixtures, 'fastify.mjs'), String(port)] }),
}

export const functionsFramework: Server = {
  name: 'functions-framework',
  command: (port) => ({
    file: process.execPath,
    args: [
      join(root, 'node_modules/@google-cloud/functions-framework/build/src/main.js'),
      `--source=${join(fixtures, 'functions-framework.cjs')}`,
      '--target=api',
      `--port=${port}`,
    ],
    environment: { NODE_ENV: 'production' },
  }),
}

/** An app whose function a queue starts; it tells how long that took. */
export const triggerApp = join(fixtures, 'trigger-app')

/** An app that streams requests and answers. */
export const streamApp = join(fixtures, 'stream-app')

/** `aloft start` on an app, as a user runs it. */
export function aloft(
  name: string,
  environment: Readonly<Record<string, string>> = {},
  app: string = helloApp,
): Server {
  let data: string | undefined
  return {
    name,
    command(port) {
      data ??= temporaryDirectory()
      const args = ['start', app, '--port', String(port), '--data', data]
      return { file: join(root, 'aloft'), args, environment }
    },
  }
}

/** A host whose app has no worker when it has no work, and so many generic workers that wait (see idle-host.ts). */
export function idleAloft(name: string, standbyWorkers: number): Server {
  const program = fileURLToPath(new URL('./idle-host.ts', import.meta.url))
  let data: string | undefined
  return {
    name,
    command(port) {
      data ??= temporaryDirectory()
      const flags = ['--disable-warning=ExperimentalWarning']
      const args = [...flags, program, String(port), data, String(standbyWorkers)]
      // As the `aloft` script starts it.
      const environment = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compile') }
      return { file: process.execPath, args, environment }
    },
  }
}

/** Goes away with this process; a server that was just killed may still write to it. */
function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-bench-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}
