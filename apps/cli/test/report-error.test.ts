import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { test } from 'node:test'
import { UserError } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import picocolors from 'picocolors'
import { renderUserError, reportInternalError } from '../src/report-error.ts'
import type { CommandContext } from '../src/terminal.ts'

const colors = picocolors.createColors(false)

function context(environment: Record<string, string> = {}): CommandContext {
  return {
    terminal: { isInteractive: false, colors, write() {}, writeError() {}, ask: async () => undefined },
    clock: new VirtualClock(),
    directory: '/',
    environment,
    stopSignal: () => new AbortController().signal,
  }
}

test('a user error shows where, what and how to mend it, without a stack', () => {
  const error = new UserError('The value is not a port', {
    location: { file: 'local.settings.json', line: 3, column: 7 },
    hint: 'Write a number.',
  })
  assert.equal(
    renderUserError(error, colors),
    'error: local.settings.json:3:7: The value is not a port\nhint:  Write a number.\n',
  )
})

test('a place that the message names already is not said twice', () => {
  const error = new UserError('host.json (line 2, column 3) is not valid JSON: expected ","', {
    location: { file: 'host.json', line: 2, column: 3 },
  })
  assert.match(renderUserError(error, colors), /^error: host\.json \(line 2, column 3\) is not/)
})

test('secrets in an error are masked', () => {
  const error = new UserError('Bad value AccountKey=c2VjcmV0;EndpointSuffix=x')
  assert.doesNotMatch(renderUserError(error, colors), /c2VjcmV0/)
})

test('a fault of our own says where the details are, and they are there', async () => {
  const shown = await reportInternalError(
    new Error('outer', { cause: new Error('inner') }),
    ['start', '--port', '1'],
    context(),
  )
  const [, file = ''] = /^error: Aloft itself failed: outer\nThe details are in (.*)\n$/.exec(shown) ?? []
  const details = await readFile(file, 'utf8')
  await rm(file)
  assert.match(details, /^2026-01-01T00:00:00\.000Z {2}aloft start --port 1$/m)
  assert.match(details, /Error: inner\n +at /)
})

test('with ALOFT_DEBUG the details are shown at once', async () => {
  assert.match(
    await reportInternalError(new Error('boom'), [], context({ ALOFT_DEBUG: '1' })),
    /Error: boom\n +at /,
  )
})
