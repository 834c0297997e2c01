/** How a custom handler is started, and what is said of one that does not start. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock, UserError } from '@aloft/kernel'
import { loadApp } from '../../src/index.ts'
import { customHandlers } from '../../src/worker/custom-handlers.ts'
import { HostUnderTest } from '../contract/app-under-test.ts'
import { type HandlerApp, http, startHandlerApp } from './handler-app.ts'

const host = await HostUnderTest.open()
after(() => host.close())

interface About {
  readonly pid: number
  readonly arguments: readonly string[]
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
}

const functions = { about: http() }
const start = (app: Partial<HandlerApp> = {}) => startHandlerApp(host, { functions, ...app })
const aboutOf = async (app: Partial<HandlerApp> = {}) => (await start(app)).json('about') as Promise<About>

async function problemOf(started: Promise<unknown>): Promise<UserError> {
  const thrown = await started.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof UserError, `expected a UserError, not ${String(thrown)}`)
  return thrown
}

test('the environment has the settings, and the port, id and root under both of their names', async () => {
  const app = await start({ settings: { My_Setting: 'mine' } })
  const { env, directory } = (await app.json('about')) as About
  assert.equal(env.My_Setting, 'mine')
  assert.equal(env.FUNCTIONS_WORKER_RUNTIME, 'custom')
  assert.match(env.FUNCTIONS_CUSTOMHANDLER_PORT ?? '', /^\d{4,5}$/)
  assert.equal(env.FUNCTIONS_HTTPWORKER_PORT, env.FUNCTIONS_CUSTOMHANDLER_PORT)
  assert.match(env.FUNCTIONS_CUSTOMHANDLER_WORKER_ID ?? '', /^[0-9a-f-]{36}$/)
  assert.equal(env.FUNCTIONS_HTTPWORKER_ID, env.FUNCTIONS_CUSTOMHANDLER_WORKER_ID)
  assert.equal(env.FUNCTIONS_APP_ROOT_PATH, app.rootDirectory)
  assert.equal(directory, app.rootDirectory)
})

test('handlers trust the authority of the host, unless the settings have something else', async () => {
  assert.equal((await aboutOf()).env.SSL_CERT_FILE, undefined)
  const trusting = await HostUnderTest.open({ trustBundle: async () => '/data/bundle.pem' })
  const envOf = async (settings: Record<string, string>) => {
    const app = await startHandlerApp(trusting, { functions, settings })
    return ((await app.json('about')) as About).env
  }
  const env = await envOf({ REQUESTS_CA_BUNDLE: '/own.pem' })
  await trusting.close()
  assert.deepEqual([env.SSL_CERT_FILE, env.REQUESTS_CA_BUNDLE], ['/data/bundle.pem', '/own.pem'])
})

test('names of settings in the description give way to their values', async () => {
  const about = await aboutOf({
    settings: { MY_NODE: process.execPath, WORDS: 'two words' },
    handler: {
      description: {
        defaultExecutablePath: '%MY_NODE%',
        arguments: [
          'handler.mjs',
          '%WORDS%',
          '"%WORDS%"',
          '--port=%FUNCTIONS_CUSTOMHANDLER_PORT%',
          '%UNSET%',
        ],
        workerArguments: ['-x', 'last'],
      },
    },
  })
  const port = `--port=${about.env.FUNCTIONS_CUSTOMHANDLER_PORT}`
  assert.deepEqual(about.arguments, ['two', 'words', 'two words', port, '-x', 'last'])
})

const fixture = '../../custom-handler/fixtures/script'
const about = { 'about/function.json': { bindings: http() } }
const startScript = (description: object) =>
  host.startApp({
    fixture,
    files: about,
    settings: { FUNCTIONS_WORKER_RUNTIME: 'custom', NODE: process.execPath },
    host: { customHandler: { description } },
  })

test('an executable is looked for in the app, and started in its working directory', async () => {
  const app = await startScript({
    defaultExecutablePath: 'bin/handler',
    workingDirectory: 'bin',
    arguments: ['a'],
  })
  const { arguments: given, directory } = (await app.json('about')) as About
  assert.deepEqual([given, directory], [['a'], join(app.rootDirectory, 'bin')])
})

test('workerDirectory is another place to look for it', async () => {
  const app = await startScript({ defaultExecutablePath: 'handler', workerDirectory: 'bin' })
  assert.equal(((await app.json('about')) as About).directory, app.rootDirectory)
})

test('a handler that takes its time is waited for', async () => {
  assert.ok((await aboutOf({ arguments: ['--wait', '300'] })).pid > 0)
})

test('an executable that does not exist is named, with its place in host.json', async () => {
  const { message, location, hint } = await problemOf(startScript({ defaultExecutablePath: 'no-such-thing' }))
  assert.match(
    message,
    /^host\.json \(line \d+, column \d+\): the custom handler 'no-such-thing' was not found; expected a file of the app or a command on PATH\.$/,
  )
  assert.equal(location?.file, 'host.json')
  assert.match(hint ?? '', /build it/)
})

test('a file that may not be executed is told from one that does not exist', async () => {
  const { message, hint } = await problemOf(startScript({ defaultExecutablePath: 'not-executable' }))
  assert.match(message, /custom handler 'not-executable' could not be started: .*EACCES/)
  assert.equal(hint, 'Is it executable? chmod +x not-executable')
})

test('a working directory that does not exist is named', async () => {
  const description = { defaultExecutablePath: 'bin/handler', workingDirectory: 'nowhere' }
  assert.match(
    (await problemOf(startScript(description))).message,
    /the working directory .*nowhere of the custom/,
  )
})

for (const code of [0, 3]) {
  test(`a handler that ends with ${code} before it answers is told what was expected of it`, async () => {
    const { message, hint } = await problemOf(start({ arguments: ['--exit', String(code)] }))
    assert.match(
      message,
      new RegExp(
        `exited with code ${code} before it answered on port \\d+; expected a program that keeps running`,
      ),
    )
    assert.match(hint ?? '', /listen on 127\.0\.0\.1 at the port .* FUNCTIONS_CUSTOMHANDLER_PORT/)
  })
}

test('a handler that never listens is given up after its time, and ended', async () => {
  const handler = { initializationTimeout: '00:00:00.4' }
  const { message, hint } = await problemOf(start({ arguments: ['--deaf'], handler }))
  assert.match(
    message,
    /did not answer on http:\/\/127\.0\.0\.1:\d+\/ within 0\.4 s; expected any HTTP response\.$/,
  )
  assert.match(hint ?? '', /FUNCTIONS_CUSTOMHANDLER_PORT/)
})

async function occupied() {
  const server = createServer((socket) => socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

async function freePort(): Promise<number> {
  const { port, close } = await occupied()
  close()
  return port
}

test('a port of the description is the one that the handler gets', async () => {
  const port = await freePort()
  const { env } = await aboutOf({ handler: { port } })
  assert.equal(env.FUNCTIONS_CUSTOMHANDLER_PORT, String(port))
})

test('a port of the description that is in use is said so', async () => {
  const { port, close } = await occupied()
  const { message, hint } = await problemOf(start({ handler: { port } }))
  close()
  assert.match(message, new RegExp(`the port ${port} of the custom handler is in use by another program`))
  assert.match(hint ?? '', /Without 'port'/)
})

/** Starts the handler of an app without a host around it, with these ports in turn. */
async function launchOn(ports: readonly number[], rootDirectory: string) {
  const left = [...ports]
  const given = new Set<number>()
  const source = {
    async take() {
      const port = left.shift() ?? (await freePort())
      given.add(port)
      return port
    },
    giveBack: (port: number) => void given.delete(port),
  }
  const exits: (number | null)[] = []
  const lines: string[] = []
  const environment = { PATH: process.env.PATH }
  const app = await loadApp(rootDirectory, { clock: systemClock, environment })
  const launched = customHandlers({ ports: source }).launch(app, {
    log() {},
    lentRun: () => ({ end() {} }),
    lentRan() {},
    console: (_stream, line) => lines.push(line),
    exit: (code) => exits.push(code),
  })
  return { ...launched, given, exits, lines }
}

test('a port that another program has taken in the meantime is given up for the next', async () => {
  const { rootDirectory } = await start()
  const taken = await occupied()
  const { channel, initialized, exits, lines } = await launchOn([taken.port, taken.port], rootDirectory)
  await initialized
  await channel.ping()
  assert.deepEqual(exits, [], 'the pool hears of no death')
  assert.equal(lines.filter((line) => line.includes('EADDRINUSE')).length, 2)
  await channel.terminate(5000)
  taken.close()
})

test('after three ports that were taken the handler is given up', async () => {
  const { rootDirectory } = await start()
  const taken = await occupied()
  const { port } = taken
  const { initialized, exits, given } = await launchOn([port, port, port], rootDirectory)
  assert.match((await problemOf(initialized)).message, /exited with code 1 before it answered/)
  assert.deepEqual(exits, [1])
  assert.equal(given.size, 0)
  taken.close()
})

test('a handler that has ended takes no invocations', async () => {
  const { rootDirectory } = await start()
  const { channel, initialized } = await launchOn([], rootDirectory)
  await initialized
  await channel.load([{ name: 'about', functionId: 'about', rawBindings: [], bindings: {} }])
  await channel.terminate(5000)
  const input = { data: { string: '' }, reason: '' }
  const message = { invocationId: 'id', functionId: 'about', inputData: [] }
  await assert.rejects(channel.invoke(message, input), /^WorkerLost: .* was stopped: the app is stopping$/)
  await assert.rejects(channel.ping(), /was stopped/)
  assert.equal(channel.outstanding, 0)
})

test('a handler that is dismissed while it starts is ended at once', async () => {
  const { rootDirectory } = await start({ arguments: ['--wait', '0'] })
  const { channel, initialized, exits, given } = await launchOn([], rootDirectory)
  const refused = assert.rejects(initialized, /The custom handler was stopped: the app is stopping/)
  await channel.terminate(5000)
  await refused
  assert.equal(exits.length, 1)
  assert.equal(given.size, 0)
})
