/** Retry policies: the same process runs a failed invocation again, on a clock that the tests turn. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { HostUnderTest } from './app-under-test.ts'

const clock = new VirtualClock()
const host = await HostUnderTest.open({ clock })
after(() => host.close())

const code = `
  const { app } = require('@azure/functions')
  const attempts = []
  const handler = (succeedAt) => async (_, context) => {
    const { invocationId, retryContext } = context
    attempts.push({ invocationId, retryContext })
    if (attempts.length < succeedAt) throw new Error('attempt ' + attempts.length)
    return { jsonBody: attempts.splice(0) }
  }
  const options = { authLevel: 'anonymous', methods: ['GET'] }
  const fixed = { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: { seconds: 10 } }
  app.http('third', { ...options, retry: fixed, handler: handler(3) })
  app.http('never', { ...options, retry: fixed, handler: async () => { throw new Error('always') } })
  app.http('backoff', {
    ...options,
    retry: { strategy: 'exponentialBackoff', maxRetryCount: 5, minimumInterval: 2000, maximumInterval: 5000 },
    handler: handler(5),
  })
  app.http('byHost', { ...options, handler: async () => { throw new Error('always') } })`

const app = await host.startApp({
  files: { 'package.json': { main: 'app.js' }, 'app.js': code },
  host: { retry: { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: '00:00:03' } },
})

interface Attempt {
  readonly invocationId: string
  readonly retryContext: { retryCount: number; maxRetryCount: number; exception?: { message: string } }
}

/** Lets the next retry of a function happen, when it is waited for. */
async function nextAttempt(functionName: string, delay: string, count: number): Promise<void> {
  await app.log.find(
    ({ category, message }) =>
      category === `Function.${functionName}` &&
      message.startsWith(`Waiting for \`${delay}`) &&
      message.includes(`Next attempt: '${count}'`),
  )
  await clock.advance(10_000)
}

test('a failed invocation is run again after the delay, under a new id, and learns of the failure before', async () => {
  const answer = app.json('third')
  await nextAttempt('third', '00:00:10', 1)
  await nextAttempt('third', '00:00:10', 2)
  const attempts = (await answer) as Attempt[]
  assert.deepEqual(
    attempts.map(({ retryContext: { retryCount, maxRetryCount, exception } }) => [
      retryCount,
      maxRetryCount,
      exception?.message,
    ]),
    [
      [0, 2, undefined],
      [1, 2, 'attempt 1'],
      [2, 2, 'attempt 2'],
    ],
  )
  assert.equal(new Set(attempts.map(({ invocationId }) => invocationId)).size, 3)
})

test('when no retry is left the caller gets the failure', async () => {
  const answer = app.fetch('never')
  await nextAttempt('never', '00:00:10', 1)
  await nextAttempt('never', '00:00:10', 2)
  assert.equal((await answer).status, 500)
  const { level } = await app.log.find("Function execution failed after '2' retries.")
  assert.equal(level, 'error')
})

test('delays grow with exponential backoff', async () => {
  const answer = app.json('backoff')
  await nextAttempt('backoff', '00:00:02', 1)
  await nextAttempt('backoff', '00:00:0', 2)
  await nextAttempt('backoff', '00:00:05', 3)
  await nextAttempt('backoff', '00:00:05', 4)
  assert.equal(((await answer) as Attempt[]).length, 5)
})

test('host.json has the policy of functions without their own', async () => {
  const answer = app.fetch('byHost')
  await nextAttempt('byHost', '00:00:03', 1)
  assert.equal((await answer).status, 500)
})

test('retries of triggers that will not keep them are announced at the start', async () => {
  const { level } = await app.log.find("Soon retries will not be supported for function 'third'.")
  assert.equal(level, 'warning')
})
