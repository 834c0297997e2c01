import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import picocolors from 'picocolors'
import { appBaseUrl } from '../../src/start/app-summary.ts'
import { readStartSettings, type StartOptions } from '../../src/start/start-settings.ts'
import type { CommandContext } from '../../src/terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

function read(options: StartOptions, environment: Record<string, string> = {}, directory = '/') {
  const context: CommandContext = {
    terminal: {
      isInteractive: false,
      colors: picocolors.createColors(false),
      write() {},
      writeError() {},
      ask: async () => undefined,
    },
    clock: new VirtualClock(),
    directory,
    environment,
    stopSignal: () => new AbortController().signal,
  }
  return readStartSettings(options, context)
}

test('on a build server the host’s log is shown, unless told otherwise', async () => {
  assert.equal((await read({})).isVerbose, false)
  assert.equal((await read({}, { CI: 'true' })).isVerbose, true)
  assert.equal((await read({ verbose: false }, { CI: 'true' })).isVerbose, false)
})

test('no time at all to start is refused', async () => {
  await assert.rejects(read({ timeout: 0 }), /within 0 seconds/)
})

test('the level of functions’ lines comes from the option, else from the environment', async () => {
  assert.equal((await read({}, { FUNCTIONS_USER_LOG_LEVEL: 'Debug' })).userLevel, 'debug')
  assert.equal(
    (await read({ 'user-log-level': '4' }, { FUNCTIONS_USER_LOG_LEVEL: 'Debug' })).userLevel,
    'error',
  )
  await assert.rejects(read({ 'user-log-level': 'loud' }), /'loud' is not a log level/)
})

test('the debugger’s options join the other arguments for node, and nothing is late while one debugs', async () => {
  const environment = { languageWorkers__node__arguments: '--max-old-space-size=99' }
  const given = await read({ inspect: '' }, environment)
  assert.equal(given.workerArguments, '--max-old-space-size=99 --inspect')
  assert.equal(given.timeoutMs, Number.POSITIVE_INFINITY)
  assert.equal((await read({ 'inspect-brk': '9300' })).workerArguments, '--inspect-brk=9300')
  const own = await read({ 'language-worker': '--inspect=9229' }, environment)
  assert.equal(own.workerArguments, '--inspect=9229')
  assert.equal(own.timeoutMs, Number.POSITIVE_INFINITY)
  await assert.rejects(read({ inspect: 'here we go' }), /--inspect takes a port, not 'here we go'/)
})

test('an impossible port is refused', async () => {
  await assert.rejects(read({ port: 70_000 }), /70000 is not a port number/)
  assert.equal((await read({ port: 0 })).port, 0)
})

test('the password of a certificate is given, or read from a file', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'key.pfx'), 'pfx')
  await writeFile(join(directory, 'secret.txt'), 'from-file\n')
  const passphrase = async (password?: string) =>
    (await read({ cert: 'key.pfx', password }, {}, directory)).certificate?.passphrase
  assert.equal(await passphrase('plain'), 'plain')
  assert.equal(await passphrase('secret.txt'), 'from-file')
  await assert.rejects(read({ cert: 'none.pfx' }, {}, directory), /The certificate cannot be read/)
  await assert.rejects(read({ password: 'x' }, {}, directory), /--password goes with --cert/)
})

test('the address that is shown is one that a browser on this machine can use', () => {
  assert.equal(appBaseUrl('http', undefined, 7071), 'http://localhost:7071')
  assert.equal(appBaseUrl('http', '0.0.0.0', 7071), 'http://localhost:7071')
  assert.equal(appBaseUrl('https', '192.168.1.5', 443), 'https://192.168.1.5:443')
  assert.equal(appBaseUrl('http', '::1', 80), 'http://[::1]:80')
})
