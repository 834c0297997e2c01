import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { formatTimestamp, jsonLinesSink, LevelFilter, LineOutput, Logger, lineSink } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import fc from 'fast-check'

test('lines after a pause are written at the end of the turn, the next ones some milliseconds later', async () => {
  const written: string[] = []
  const clock = new VirtualClock()
  const output = new LineOutput((text) => written.push(text), clock)
  output.print('a\n')
  output.print('b\n')
  assert.deepEqual(written, [])
  await setImmediate()
  output.print('c\n')
  await setImmediate()
  assert.deepEqual(written, ['a\nb\n'])
  output.print('d\n')
  await clock.advance(10)
  assert.deepEqual(written, ['a\nb\n', 'c\nd\n'])
})

test('a burst is written before the turn ends', () => {
  const written: string[] = []
  const output = new LineOutput((text) => written.push(text))
  for (let line = 0; line < 100; line++) output.print(`${'x'.repeat(1023)}\n`)
  assert.equal(written.length, 1)
  assert.equal(written[0]?.length, 64 * 1024)
})

test('what is pending is written when the process ends', () => {
  const written: string[] = []
  const process = new EventEmitter()
  const output = new LineOutput((text) => written.push(text)).flushAtExit(process)
  output.print('last words\n')
  process.emit('exit')
  assert.deepEqual(written, ['last words\n'])
})

test('a flush writes what is pending, once', async () => {
  const written: string[] = []
  const output = new LineOutput((text) => written.push(text))
  const sink = lineSink({ output, format: ({ message }) => `${message}\n` })
  new Logger(new VirtualClock(), [sink]).info('a')
  await sink.flush?.()
  await setImmediate()
  assert.deepEqual(written, ['a\n'])
})

test('a line sink writes what its filter lets through', async () => {
  const { lines, log } = logged((output) =>
    lineSink({
      output,
      filter: new LevelFilter({ Quiet: 'Error' }),
      format: ({ level, message }) => `${level} ${message}\n`,
    }),
  )
  log.info('shown')
  log.child('Quiet').info('hidden')
  log.child('Quiet').error('shown too')
  assert.deepEqual(lines(), ['information shown', 'error shown too'])
})

test('a record is one JSON object a line', () => {
  const { lines, log } = logged((output) => jsonLinesSink({ output }))
  log.info('two\nlines')
  log.child('Function.A', { id: 'x', time: 'mine' }).error('failed', new TypeError('broken'))
  const [first, second] = lines().map((line) => JSON.parse(line))
  assert.deepEqual(first, {
    time: '2026-01-01T00:00:00.000Z',
    level: 'Information',
    category: 'Host',
    message: 'two\nlines',
  })
  assert.deepEqual(second.fields, { id: 'x', time: 'mine' })
  assert.equal(second.time, '2026-01-01T00:00:00.000Z')
  assert.deepEqual([second.error.name, second.error.message], ['TypeError', 'broken'])
  assert.match(second.error.stack, /lines\.test\.ts/)
})

test('fields that have no JSON do not lose the record', () => {
  const { lines, log } = logged((output) => jsonLinesSink({ output }))
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  log.info('kept', { size: 10n, cycle })
  const line = JSON.parse(lines()[0]!)
  assert.equal(line.message, 'kept')
  assert.match(line.fields, /size: 10n/)
})

test('timestamps are those of Date, whatever order they come in', () => {
  const time = fc.integer({ min: -1e12, max: 4e12 })
  fc.assert(
    fc.property(fc.array(fc.oneof(time, fc.integer({ min: 0, max: 2000 })), { minLength: 1 }), (times) => {
      for (const each of times) assert.equal(formatTimestamp(each), new Date(each).toISOString())
    }),
  )
})

test('a fraction of a millisecond is left out of a timestamp', () => {
  assert.equal(formatTimestamp(1.9), '1970-01-01T00:00:00.001Z')
})

function logged(makeSink: (output: LineOutput) => ReturnType<typeof lineSink>) {
  let text = ''
  const output = new LineOutput((more) => {
    text += more
  })
  const lines = () => {
    output.flush()
    return text.split('\n').slice(0, -1)
  }
  return { lines, log: new Logger(new VirtualClock(), [makeSink(output)]) }
}
