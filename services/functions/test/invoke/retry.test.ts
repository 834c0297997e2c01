import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InvocationResult, Logger, type LogRecord, type RetryPolicy } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import fc from 'fast-check'
import { type RetryState, withRetry } from '../../src/invoke/retry.ts'
import { nextRetry, retrySupportWarning } from '../../src/invoke/retry-policy.ts'

const everySecond: RetryPolicy = {
  strategy: 'fixedDelay',
  maxRetryCount: 2,
  delayMs: 1000,
  minimumMs: 0,
  maximumMs: 0,
}
const backoff: RetryPolicy = {
  strategy: 'exponentialBackoff',
  maxRetryCount: -1,
  delayMs: 0,
  minimumMs: 1000,
  maximumMs: 60_000,
}

test('the backoff waits the minimum, then twice, three, five, nine times of it, until the maximum', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 2000].map((retry) => nextRetry(backoff, retry, 0.5))
  assert.deepEqual(delays, [1000, 2000, 3000, 5000, 9000, 17_000, 33_000, 60_000, 60_000, 60_000])
})

test('the backoff varies its growth by a fifth', () => {
  assert.equal(nextRetry(backoff, 1, 1), 1000)
  assert.equal(nextRetry(backoff, 4, 0), 4200)
  assert.equal(nextRetry(backoff, 4, 1), 5800)
})

test('a backoff from zero never waits', () => {
  assert.equal(nextRetry({ ...backoff, minimumMs: 0 }, 5000, 1), 0)
})

test('a delay never shrinks and never leaves its bounds', () => {
  const random = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.nat(200_000),
      random,
      random,
      (low, more, one, two) => {
        const policy = { ...backoff, minimumMs: low, maximumMs: low + more }
        for (let retry = 1; retry < 30; retry++) {
          const delay = nextRetry(policy, retry, one)!
          assert.ok(delay >= low && delay <= low + more)
          assert.ok(nextRetry(policy, retry + 1, two)! >= delay - 1)
        }
      },
    ),
  )
})

/** Runs `outcomes` one after the other as the attempts of a function. */
function start(policy: RetryPolicy, outcomes: InvocationResult['status'][], signal?: AbortSignal) {
  const clock = new VirtualClock()
  const records: LogRecord[] = []
  const log = new Logger(clock, [{ write: (record) => records.push(record) }])
  const states: RetryState[] = []
  const times: number[] = []
  const startedAt = clock.now()
  const attempt = async (state: RetryState): Promise<InvocationResult> => {
    states.push(state)
    times.push(clock.now() - startedAt)
    const status = outcomes[states.length - 1] ?? 'failed'
    const error = status === 'failed' ? new Error(`attempt ${states.length}`) : undefined
    return { invocationId: `${states.length}`, status, returnValue: undefined, error, durationMs: 0 }
  }
  const result = withRetry({ policy, clock, log, signal, attempt })
  return { clock, records, states, times, result }
}

test('a failure is retried after the delay, and the first success ends it', async () => {
  const run = start(everySecond, ['failed', 'succeeded'])
  await run.clock.advance(60_000)
  assert.equal((await run.result).invocationId, '2')
  assert.deepEqual(run.times, [0, 1000])
  assert.deepEqual(run.states[0], { retryCount: 0, maxRetryCount: 2 })
  assert.equal(run.states[1]?.retryCount, 1)
  assert.equal(run.states[1]?.exception?.message, 'attempt 1')
  assert.match(run.states[1]?.exception?.stackTrace ?? '', /^Error: attempt 1\n/)
})

test('when all retries failed the last result counts, and the log says so in the words of the host', async () => {
  const run = start(everySecond, [])
  await run.clock.advance(60_000)
  assert.equal((await run.result).error?.message, 'attempt 3')
  assert.deepEqual(
    run.records.map(({ level, message }) => [level, message]),
    [
      [
        'debug',
        "Waiting for `00:00:01` before retrying function execution. Next attempt: '1'. Max retry count: '2'.",
      ],
      [
        'debug',
        "Waiting for `00:00:01` before retrying function execution. Next attempt: '2'. Max retry count: '2'.",
      ],
      ['error', "Function execution failed after '2' retries."],
    ],
  )
})

test('-1 retries until it succeeds, for days if it must', async () => {
  const failures: InvocationResult['status'][] = Array.from({ length: 3000 }, () => 'failed')
  const run = start({ ...backoff, minimumMs: 60_000 }, [...failures, 'succeeded'])
  await run.clock.advance(3 * 24 * 3_600_000)
  assert.equal((await run.result).status, 'succeeded')
  assert.equal(run.states.at(-1)?.retryCount, 3000)
})

test('cancellation ends the retries', async () => {
  const controller = new AbortController()
  const run = start(everySecond, [], controller.signal)
  await run.clock.advance(500)
  controller.abort()
  const result = await run.result
  assert.equal(result.invocationId, '1')
  assert.equal(run.records.at(-1)?.message, 'Invocation cancelled - exiting retry loop.')
  assert.equal(run.clock.pendingCount, 0)
})

test('a cancelled attempt is not retried', async () => {
  const run = start(everySecond, ['cancelled'])
  assert.equal((await run.result).status, 'cancelled')
  assert.equal(run.states.length, 1)
})

test('a policy on a trigger with its own redelivery is warned of', () => {
  assert.match(retrySupportWarning('Orders', 'queueTrigger') ?? '', /^Soon retries .* function 'Orders'\./)
  assert.equal(retrySupportWarning('Nightly', 'timerTrigger'), undefined)
})
