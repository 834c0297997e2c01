import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAtLeast, Logger, type LogLevel, type LogRecord, type LogSink } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'

test('a record carries time, level, category, message, fields and error', () => {
  const { records, log } = recording()
  const error = new Error('broken')
  log.child('Host.Triggers', { app: 'shop' }).error('It failed', error, { id: 7 })
  assert.deepEqual(records, [
    {
      time: Date.UTC(2026, 0, 1),
      level: 'error',
      category: 'Host.Triggers',
      message: 'It failed',
      fields: { app: 'shop', id: 7 },
      error,
    },
  ])
})

test('every method has its level, and levels their order', () => {
  const { records, log } = recording()
  for (const method of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[method](method)
  const levels = records.map(({ level }) => level)
  assert.deepEqual(levels, ['trace', 'debug', 'information', 'warning', 'error'])
  assert.deepEqual(
    levels.map((level) => isAtLeast(level, 'information')),
    [false, false, true, true, true],
  )
})

test('a child adds its fields to those of its parent', () => {
  const { records, log } = recording()
  log.child('A', { app: 'shop', id: 1 }).child('B', { id: 2 }).info('x')
  assert.deepEqual([records[0]?.category, records[0]?.fields], ['B', { app: 'shop', id: 2 }])
})

test('a message that is said to be clean is not looked through, its error is', () => {
  const { records, log } = recording()
  const secret = 'Password=hunter22;'
  log.write('error', secret, { isClean: true, error: new Error(secret) })
  assert.deepEqual([records[0]?.message, records[0]?.error?.message], [secret, 'Password=***;'])
})

test('a logger with one more sink writes to all of them, and so do its children', () => {
  const { records, log } = recording()
  const added: LogRecord[] = []
  const both = log.child('Host.A', { app: 'shop' }).withSink({ write: (record) => void added.push(record) })
  both.child('Host.B').info('to both')
  log.info('to the first')
  assert.deepEqual(
    added.map(({ category, message, fields }) => [category, message, fields]),
    [['Host.B', 'to both', { app: 'shop' }]],
  )
  assert.equal(records.length, 2)
})

test('sinks are asked before a record is made', () => {
  const wanted: LogRecord[] = []
  const quiet = sink((level) => level === 'error', wanted)
  const log = new Logger(new VirtualClock(), [quiet, sink(() => false, wanted)])
  log.info('no')
  log.error('yes')
  assert.deepEqual(
    wanted.map(({ message }) => message),
    ['yes'],
  )
  assert.deepEqual([log.isEnabled('information'), log.isEnabled('error')], [false, true])
})

test('secrets are taken out of messages, fields and errors', () => {
  const { records, log } = recording()
  const secret = 'AccountKey=c2VjcmV0'
  const error = new TypeError(`No access with ${secret}`, { cause: new Error(`first ${secret}`) })
  log.child('A', { parent: secret }).error(`Cannot open ${secret}`, error, { own: secret, count: 1 })
  const [record] = records
  assert.equal(record?.error?.name, 'TypeError')
  assert.match(record?.error?.stack ?? '', /^TypeError: No access with AccountKey=\*\*\*\n {4}at /)
  const texts = [
    record?.message,
    record?.fields,
    record?.error?.message,
    record?.error?.stack,
    String(record?.error?.cause),
  ]
  assert.ok(!JSON.stringify(texts).includes('c2VjcmV0'), JSON.stringify(texts))
  assert.deepEqual(record?.fields, { parent: 'AccountKey=***', own: 'AccountKey=***', count: 1 })
})

function recording() {
  const records: LogRecord[] = []
  return { records, log: new Logger(new VirtualClock(), [{ write: (record) => records.push(record) }]) }
}

function sink(isEnabled: (level: LogLevel) => boolean, records: LogRecord[]): LogSink {
  return { isEnabled, write: (record) => void records.push(record) }
}
