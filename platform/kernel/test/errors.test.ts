import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { catalogue, ensureError, ServiceError, UserError } from '@aloft/kernel'

test('a user error says where and how to mend it', () => {
  const cause = new Error('cause')
  const location = { file: 'host.json', line: 3 }
  const error = new UserError('version is missing', { location, hint: 'Add "version": "2.0".', cause })
  assert.ok(error instanceof Error)
  assert.deepEqual([error.name, error.message], ['UserError', 'version is missing'])
  assert.deepEqual([error.location, error.hint, error.cause], [location, 'Add "version": "2.0".', cause])
  assert.equal('cause' in new UserError('plain'), false)
})

test('a catalogue makes errors with code, status and filled text', () => {
  const errors = catalogue('servicebus', {
    LockLost: { status: 410, retry: 'never', text: 'The lock on {message} of {queue} is lost' },
    Busy: { status: 503, retry: 'later', text: 'Try again' },
  })
  const error = errors.LockLost({ message: 7 })
  assert.ok(error instanceof ServiceError)
  assert.deepEqual(
    [error.service, error.code, error.status, error.retry, error.detail],
    ['servicebus', 'LockLost', 410, 'never', { message: 7 }],
  )
  assert.equal(error.message, 'The lock on 7 of {queue} is lost')
  assert.equal(errors.Busy().message, 'Try again')
})

test('an error stays itself, also one of another realm', () => {
  const own = new RangeError('own')
  assert.equal(ensureError(own), own)
  const foreign: unknown = runInNewContext('new Error("foreign")')
  assert.equal(ensureError(foreign), foreign)
})

test('whatever else was thrown becomes an error that tells it', () => {
  const cycle: Record<string, unknown> = { name: 'cycle' }
  cycle.self = cycle
  const messages: [unknown, string | RegExp][] = [
    ['text', 'text'],
    [undefined, 'Unknown error'],
    [null, 'Unknown error'],
    [{ message: 'like an error', code: 1 }, 'like an error'],
    [{ code: 1 }, '{"code":1}'],
    [42, '42'],
    [10n, '10n'],
    [Symbol('s'), 'Symbol(s)'],
    [cycle, /name: 'cycle'/],
  ]
  for (const [thrown, expected] of messages) {
    const { message } = ensureError(thrown)
    if (typeof expected === 'string') assert.equal(message, expected)
    else assert.match(message, expected)
  }
})
