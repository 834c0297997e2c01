import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '@aloft/kernel'
import picocolors from 'picocolors'
import { recordFormatter } from '../../src/console/record-lines.ts'

const time = Date.UTC(2026, 0, 1, 12, 30, 0, 7)

function line(record: Partial<LogRecord>, colors: 'plain' | 'colored' = 'plain'): string {
  const format = recordFormatter(picocolors.createColors(colors === 'colored'))
  return format({
    time,
    level: 'information',
    category: 'Function.f.User',
    message: '',
    fields: {},
    error: undefined,
    ...record,
  })
}

test('a line begins with the time in UTC', () => {
  assert.equal(line({ message: 'Hello' }), '[2026-01-01T12:30:00.007Z] Hello\n')
})

test('every line of a message has the time', () => {
  assert.equal(
    line({ message: 'one\n\r\ntwo' }),
    ['one', '', 'two'].map((text) => `[2026-01-01T12:30:00.007Z] ${text}\n`).join(''),
  )
})

test("an error follows its message with the user's stack, once", () => {
  const error = new Error('boom')
  error.stack = 'Error: boom\n    at hello (src/hello.js:3:9)'
  assert.equal(
    line({ level: 'error', message: 'Failed', error }),
    ['Failed', 'Error: boom', '    at hello (src/hello.js:3:9)']
      .map((text) => `[2026-01-01T12:30:00.007Z] ${text}\n`)
      .join(''),
  )
  assert.equal(line({ message: `Failed ${error.stack}`, error }).match(/boom/g)?.length, 1)
})

test('colours tell levels apart, and the host from the app', () => {
  const colors = picocolors.createColors(true)
  assert.ok(
    line({ level: 'warning', message: 'careful' }, 'colored').endsWith(`${colors.yellow('careful')}\n`),
  )
  assert.ok(line({ level: 'error', message: 'bad' }, 'colored').endsWith(`${colors.red('bad')}\n`))
  assert.ok(line({ message: 'mine' }, 'colored').endsWith(' mine\n'))
  assert.ok(
    line({ message: 'Executing', category: 'Function.f' }, 'colored').endsWith(
      `${colors.gray('Executing')}\n`,
    ),
  )
})

test('a label tells apps apart that run side by side', () => {
  const format = recordFormatter(picocolors.createColors(false), '[shop]')
  const record = {
    level: 'information',
    category: 'x',
    message: 'a\nb',
    fields: {},
    error: undefined,
  } as const
  assert.equal(
    format({ ...record, time }),
    '[2026-01-01T12:30:00.007Z] [shop] a\n[2026-01-01T12:30:00.007Z] [shop] b\n',
  )
})
