import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Logger, type LogRecord } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { LogMessage } from '@aloft/wire'
import { relayLogs } from '../../src/worker/log-relay.ts'

function relayed(send: (relay: ReturnType<typeof relayLogs>) => void, runtime = 'node'): LogRecord[] {
  const records: LogRecord[] = []
  const log = new Logger(new VirtualClock(), [{ write: (record) => records.push(record) }])
  send(relayLogs(log, runtime, (name) => (name === 'orders' ? log.child('Function.orders.User') : undefined)))
  return records
}

const message = (more: Partial<LogMessage>): LogMessage => ({
  category: 'orders.Invocation',
  level: 'information',
  message: 'text',
  logCategory: 'user',
  ...more,
})

test("an app's own log goes to its function, under its invocation", () => {
  const [record] = relayed((relay) => relay.onLog(message({ invocationId: '17', level: 'warning' })))
  assert.deepEqual(
    [record!.category, record!.level, record!.message],
    ['Function.orders.User', 'warning', 'text'],
  )
  assert.equal(record!.fields.invocationId, '17')
})

test("the worker's own log, and that of a function nobody knows, goes to the worker's", () => {
  const records = relayed((relay) => {
    relay.onLog(message({ logCategory: 'system' }))
    relay.onLog(message({ category: 'unknown.Invocation' }))
    relay.onLog(message({ category: '' }))
  })
  assert.deepEqual(
    records.map(({ category }) => category),
    Array(3).fill('Worker.node'),
  )
})

test('an error comes with its stack', () => {
  const error = { message: 'wrong', stackTrace: 'Error: wrong\n    at here' }
  const [record] = relayed((relay) => relay.onLog(message({ error })))
  assert.deepEqual([record!.error?.message, record!.error?.stack], [error.message, error.stackTrace])
})

test('lines on stdout are information; those on stderr are as bad as they sound', () => {
  const lines = ['all is well', 'a Warning', 'it FAILED', 'Unhandled exception', 'an error, with a warning']
  const levels = (stream: 'stdout' | 'stderr') =>
    relayed((relay) => {
      for (const line of lines) relay.onConsole(stream, line)
    }).map(({ level }) => level)
  assert.deepEqual(levels('stdout'), Array(5).fill('information'))
  assert.deepEqual(levels('stderr'), ['information', 'warning', 'error', 'error', 'warning'])
})

test('what a custom handler says on stderr is an error', () => {
  const [record] = relayed((relay) => relay.onConsole('stderr', 'anything'), 'custom')
  assert.equal(record!.level, 'error')
})

test("lines with the worker's mark are its own", () => {
  const [record] = relayed((relay) => relay.onConsole('stdout', 'LanguageWorkerConsoleLog ready'))
  assert.deepEqual([record!.category, record!.level, record!.message], ['Worker.node', 'debug', 'ready'])
})
