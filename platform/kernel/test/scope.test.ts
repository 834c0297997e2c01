import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scope } from '@aloft/kernel'

test('what was opened last is closed first, one after the other', async () => {
  const scope = new Scope()
  const events: string[] = []
  assert.equal(
    scope.own('a', (name) => void events.push(name)),
    'a',
  )
  scope.defer(async () => {
    events.push('b begins')
    await Promise.resolve()
    events.push('b ends')
  })
  await scope.close()
  assert.deepEqual(events, ['b begins', 'b ends', 'a'])
})

test('closing twice is closing once', async () => {
  const scope = new Scope()
  let count = 0
  scope.defer(() => void count++)
  await Promise.all([scope.close(), scope.close()])
  assert.equal(count, 1)
})

test('a close that fails keeps the others from nothing and is told', async () => {
  const scope = new Scope()
  const events: string[] = []
  scope.defer(() => void events.push('first'))
  scope.defer(() => Promise.reject(new Error('second')))
  scope.defer(() => {
    throw new Error('third')
  })
  await assert.rejects(scope.close(), (error: AggregateError) => {
    assert.deepEqual(
      error.errors.map(({ message }) => message),
      ['third', 'second'],
    )
    return true
  })
  assert.deepEqual(events, ['first'])
})

test('what comes while the scope closes is closed with it', async () => {
  const scope = new Scope()
  const events: string[] = []
  scope.defer(() => void events.push('early'))
  scope.defer(() => {
    scope.defer(() => void events.push('late'))
  })
  await scope.close()
  assert.deepEqual(events, ['late', 'early'])
})

test('what comes to a closed scope is closed at once, and its failure is heard by who asks', async () => {
  const scope = new Scope()
  await scope.close()
  let isClosed = false
  scope.defer(() => {
    isClosed = true
    throw new Error('late')
  })
  await assert.rejects(scope.close(), AggregateError)
  assert.equal(isClosed, true)
})

test('a scope closes at the end of a block', async () => {
  let isClosed = false
  {
    await using scope = new Scope()
    scope.defer(() => {
      isClosed = true
    })
  }
  assert.equal(isClosed, true)
})
