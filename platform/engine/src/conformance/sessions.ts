import assert from 'node:assert/strict'
import { queueTopic } from '../contracts.ts'
import { type Backend, bytesOf, testEngine } from './backend.ts'
import { queueUser } from './queue-user.ts'

/** Declares the tests of messages in sessions. */
export function testSessions(backend: Backend): void {
  testEngine(backend, 'a session gives out one message at a time, in order', async (bench) => {
    const queue = queueUser(bench, 'q')
    for (const text of ['a1', 'a2']) await queue.enqueue(text, { session: 'a' })
    for (const text of ['b1', 'b2']) await queue.enqueue(text, { session: 'b' })
    await queue.enqueue('free')
    const claims = await queue.claim(10)
    assert.equal(claims.length, 3)
    assert.deepEqual(await queue.claimTexts(10), [])
    await queue.complete(...claims)
    assert.deepEqual(await queue.claimTexts(10), ['a2', 'b2'])
  })

  testEngine(backend, 'messages of a session that arrive together stay in order', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    const messages = ['1', '2', '3'].map((text) => ({ body: bytesOf(text), session: 's' }))
    await database.write((transaction) => queues.enqueue(transaction, 'q', messages))
    const seen: string[] = []
    for (let turn = 0; turn < 3; turn++) {
      const claims = await queue.claim(10)
      seen.push(...claims.map(({ body }) => new TextDecoder().decode(body)))
      await queue.complete(...claims)
    }
    assert.deepEqual(seen, ['1', '2', '3'])
  })

  testEngine(backend, 'a message given back with a delay holds up its session', async (bench) => {
    const queue = queueUser(bench, 'q')
    for (const text of ['1', '2']) await queue.enqueue(text, { session: 's' })
    const [claim] = await queue.claim()
    assert.ok(claim && (await queue.abandon(claim, 1_000)))
    assert.deepEqual(await queue.claimTexts(10), [])
    await bench.clock.advance(1_000)
    assert.deepEqual(await queue.claimTexts(10), ['1'])
  })

  testEngine(backend, 'a message that waits for its time holds up its session', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('1', { session: 's', delayMs: 1_000 })
    await queue.enqueue('2', { session: 's' })
    assert.deepEqual(await queue.claimTexts(10), [])
    await bench.clock.advance(1_000)
    assert.deepEqual(await queue.claimTexts(10), ['1'])
  })

  testEngine(backend, 'a claim that ran out gives the same message again', async (bench) => {
    const queue = queueUser(bench, 'q')
    for (const text of ['1', '2']) await queue.enqueue(text, { session: 's' })
    await queue.claim(10, 1_000)
    await bench.clock.advance(1_000)
    assert.deepEqual(await queue.claimTexts(10), ['1'])
  })

  testEngine(backend, 'the dead and the expired make way for the next of their session', async (bench) => {
    const { database, queues, clock } = bench
    const queue = queueUser(bench, 'q')
    await queue.enqueue('1', { session: 's' })
    await queue.enqueue('2', { session: 's', ttlMs: 500 })
    await queue.enqueue('3', { session: 's', ttlMs: 600 })
    await queue.enqueue('4', { session: 's' })
    const [claim] = await queue.claim()
    assert.ok(claim && (await queue.deadLetter(claim, 'r')))
    await clock.advance(500)
    assert.equal(await database.write((transaction) => queues.sweep(transaction, 10)), 1)
    assert.deepEqual(await queue.peekTexts(10), ['3'])
    await clock.advance(100)
    assert.deepEqual(await queue.claimTexts(10), ['4'])
  })

  testEngine(backend, 'a resubmitted message takes its old place in the session', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    for (const text of ['1', '2', '3']) await queue.enqueue(text, { session: 's' })
    const [one] = await queue.claim()
    assert.ok(one && (await queue.deadLetter(one, 'r')))
    const [two] = await queue.claim()
    await database.write((transaction) => queues.resubmitDead(transaction, 'q', [one.id]))
    assert.deepEqual(await queue.claimTexts(10), [], 'the second is still claimed')
    assert.ok(two)
    await queue.complete(two)
    assert.deepEqual(await queue.claimTexts(10), ['1'])
  })

  testEngine(backend, 'consumers are woken when the next of a session can be claimed', async (bench) => {
    const { database, queues, clock } = bench
    const queue = queueUser(bench, 'q')
    let wakes = 0
    database.listen(queueTopic('q'), () => wakes++)
    for (const text of ['1', '2', '3']) await queue.enqueue(text, { session: 's', ttlMs: 9_000 })
    const [claim] = await queue.claim()
    assert.ok(claim)
    const before = wakes
    await queue.complete(claim)
    assert.equal(wakes, before + 1, 'after completion')
    await clock.advance(9_000)
    await database.write((transaction) => queues.sweep(transaction, 1))
    assert.equal(wakes, before + 2, 'after expiry')
  })

  testEngine(backend, 'sessions of one name in two queues do not meet', async (bench) => {
    const [one, other] = [queueUser(bench, 'one'), queueUser(bench, 'other')]
    await one.enqueue('a', { session: 's' })
    await other.enqueue('b', { session: 's' })
    await one.claim()
    assert.deepEqual(await other.claimTexts(), ['b'])
  })
}
