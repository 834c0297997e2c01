import assert from 'node:assert/strict'
import { expiredReason, freshReceipt, queueTopic } from '../contracts.ts'
import { type Backend, bytesOf, patternOf, testEngine, textOf } from './backend.ts'
import { queueUser } from './queue-user.ts'

/** Declares the tests of queues without sessions. */
export function testQueues(backend: Backend): void {
  testClaims(backend)
  testTimes(backend)
  testDeadLetters(backend)
  testViews(backend)
}

function testClaims(backend: Backend): void {
  testEngine(backend, 'messages are claimed in order of arrival, each by one', async (bench) => {
    const queue = queueUser(bench, 'q')
    for (const text of ['a', 'b', 'c']) await queue.enqueue(text)
    assert.deepEqual(await queue.claimTexts(2), ['a', 'b'])
    assert.deepEqual(await queue.claimTexts(2), ['c'])
    assert.deepEqual(await queue.claimTexts(2), [])
  })

  testEngine(backend, 'a claimed message carries all that was put into it', async (bench) => {
    const queue = queueUser(bench, 'q')
    const now = bench.clock.now()
    const id = await queue.enqueue('text', { headers: '{"a":1}', ttlMs: 60_000, session: 's' })
    const [message] = await queue.claim(1, 5_000)
    assert.deepEqual(
      { ...message, body: textOf(message?.body ?? bytesOf('')), receipt: typeof message?.receipt },
      {
        id,
        body: 'text',
        headers: '{"a":1}',
        session: 's',
        enqueuedAt: now,
        visibleAt: now + 5_000,
        expiresAt: now + 60_000,
        dequeueCount: 1,
        receipt: 'string',
      },
    )
  })

  testEngine(backend, 'ids ascend, also after the newest message has gone', async (bench) => {
    const queue = queueUser(bench, 'q')
    const first = await queue.enqueue('a')
    await queue.complete(...(await queue.claim()))
    assert.ok((await queue.enqueue('b')) > first)
  })

  testEngine(backend, 'a completed message does not come back', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a')
    assert.deepEqual(await queue.complete(...(await queue.claim(1, 1_000))), [true])
    await bench.clock.advance(5_000)
    assert.deepEqual(await queue.claimTexts(), [])
  })

  testEngine(
    backend,
    'a batch is completed one by one: lost claims do not spoil the others',
    async (bench) => {
      const queue = queueUser(bench, 'q')
      for (const text of ['a', 'b', 'c']) await queue.enqueue(text)
      const [a, b, c] = await queue.claim(3)
      assert.ok(a && b && c)
      assert.deepEqual(await queue.complete(b), [true])
      assert.deepEqual(await queue.complete(a, b, c), [true, false, true])
    },
  )

  testEngine(backend, 'a receipt is void once the message is claimed again', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a')
    const [first] = await queue.claim(1, 1_000)
    await bench.clock.advance(1_000)
    const [second] = await queue.claim(1, 1_000)
    assert.ok(first && second)
    assert.deepEqual(await queue.complete(first), [false])
    assert.equal(await queue.abandon(first), false)
    assert.equal(await queue.deadLetter(first, 'why'), false)
    assert.deepEqual(await queue.complete(second), [true])
  })

  testEngine(backend, 'a receipt outlives its visibility as long as nobody else claims', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a')
    const [claim] = await queue.claim(1, 1_000)
    await bench.clock.advance(60_000)
    assert.ok(claim)
    assert.deepEqual(await queue.complete(claim), [true])
  })

  testEngine(backend, 'made-up receipts are refused', async (bench) => {
    const queue = queueUser(bench, 'q')
    const id = await queue.enqueue('a')
    for (const receipt of ['', '1', '-1', 'x', '1 ', '1e0', '1:s', 'NaN']) {
      const claims = [{ id, receipt }]
      const results = await bench.database.write((transaction) =>
        bench.queues.complete(transaction, 'q', claims),
      )
      assert.deepEqual(results, [false], JSON.stringify(receipt))
    }
  })

  testEngine(backend, 'a fresh message may be acted on, until somebody else does', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    const [a, b] = [await queue.enqueue('a'), await queue.enqueue('b')]
    const complete = (id: number, receipt: string) =>
      database.write((transaction) => queues.complete(transaction, 'q', [{ id, receipt }]))
    assert.deepEqual(await complete(a, freshReceipt), [true])
    const fresh = { id: b, receipt: freshReceipt }
    const renewed = await database.write((transaction) => queues.renew(transaction, 'q', fresh, 1_000))
    assert.ok(renewed)
    assert.deepEqual(await complete(b, freshReceipt), [false])
    assert.deepEqual(await complete(b, renewed), [true])
  })

  testEngine(backend, 'a fresh message behind others of its session may not be acted on', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    await queue.enqueue('first', { session: 's' })
    const claim = { id: await queue.enqueue('second', { session: 's' }), receipt: `${freshReceipt}:s` }
    assert.deepEqual(await database.write((transaction) => queues.complete(transaction, 'q', [claim])), [
      false,
    ])
  })

  testEngine(backend, 'a message is found by its id until it is gone, dead or expired', async (bench) => {
    const { database, queues, clock } = bench
    const queue = queueUser(bench, 'q')
    const get = (id: number, name = 'q') => database.read((snapshot) => queues.get(snapshot, name, id))
    const [a, b] = [await queue.enqueue('a', { ttlMs: 5_000 }), await queue.enqueue('b')]
    assert.equal((await get(a))?.dequeueCount, 0)
    assert.equal(await get(a, 'other'), undefined)
    const claims = await queue.claim(2)
    assert.equal((await get(a))?.dequeueCount, 1)
    await clock.advance(5_000)
    assert.equal(await get(a), undefined)
    assert.ok(claims[1])
    await queue.deadLetter(claims[1], 'why')
    assert.equal(await get(b), undefined)
  })

  testEngine(backend, 'a message of one queue is not settled through another', async (bench) => {
    const [one, other] = [queueUser(bench, 'one'), queueUser(bench, 'other')]
    await one.enqueue('a')
    await other.enqueue('b')
    const [claim] = await one.claim()
    assert.ok(claim)
    assert.deepEqual(await other.complete(claim), [false])
    assert.deepEqual(await one.complete(claim), [true])
  })

  testEngine(backend, 'an abandoned message is claimed again, and its receipt is void', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a')
    const [claim] = await queue.claim()
    assert.ok(claim)
    assert.equal(await queue.abandon(claim), true)
    assert.equal(await queue.abandon(claim), false)
    assert.equal((await queue.claim())[0]?.dequeueCount, 2)
  })

  testEngine(backend, 'bodies of every size come back as they were', async (bench) => {
    const { database, queues } = bench
    const bodies = [0, 1, 1024, 1025, 65_536, 1_000_000].map((size) => patternOf(size))
    const messages = bodies.map((body) => ({ body }))
    await database.write((transaction) => queues.enqueue(transaction, 'q', messages))
    const claims = await database.write((transaction) => queues.claim(transaction, 'q', 10, 1_000))
    assert.deepEqual(
      claims.map(({ body }) => Buffer.compare(body, bodies.shift() ?? bytesOf('missing'))),
      [0, 0, 0, 0, 0, 0],
    )
    const results = await database.write((transaction) => queues.complete(transaction, 'q', claims))
    assert.ok(results.every((isValid) => isValid))
  })

  testEngine(backend, 'what an undone transaction enqueued or claimed has not happened', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    const undone = database.write(async (transaction) => {
      await queues.enqueue(transaction, 'q', [{ body: bytesOf('never') }])
      throw new Error('undo')
    })
    await assert.rejects(undone, /undo/)
    await queue.enqueue('a')
    const unclaimed = database.write(async (transaction) => {
      await queues.claim(transaction, 'q', 1, 60_000)
      throw new Error('undo')
    })
    await assert.rejects(unclaimed, /undo/)
    assert.deepEqual(await queue.claimTexts(5), ['a'])
  })
}

function testTimes(backend: Backend): void {
  testEngine(backend, 'a claimed message comes back when its visibility ends, not before', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a')
    await queue.claim(1, 10_000)
    await bench.clock.advance(9_999)
    assert.deepEqual(await queue.claimTexts(), [])
    await bench.clock.advance(1)
    assert.equal((await queue.claim())[0]?.dequeueCount, 2)
  })

  testEngine(backend, 'a delayed message waits for its time', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('later', { delayMs: 5_000 })
    await queue.enqueue('now')
    assert.deepEqual(await queue.claimTexts(5), ['now'])
    await bench.clock.advance(5_000)
    assert.deepEqual(await queue.claimTexts(5), ['later'])
  })

  testEngine(backend, 'a message that was given back stands behind those already waiting', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a')
    await queue.enqueue('b')
    const [claim] = await queue.claim()
    await bench.clock.advance(1)
    assert.ok(claim && (await queue.abandon(claim)))
    assert.deepEqual(await queue.claimTexts(5), ['b', 'a'])
  })

  testEngine(backend, 'an abandoned message waits for its delay', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a')
    const [claim] = await queue.claim()
    assert.ok(claim && (await queue.abandon(claim, 2_000)))
    await bench.clock.advance(1_999)
    assert.deepEqual(await queue.claimTexts(), [])
    await bench.clock.advance(1)
    assert.deepEqual(await queue.claimTexts(), ['a'])
  })

  testEngine(backend, 'a renewed claim lasts longer and has a new receipt', async (bench) => {
    const { database, queues, clock } = bench
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a')
    const [claim] = await queue.claim(1, 1_000)
    assert.ok(claim)
    await clock.advance(900)
    const renew = () => database.write((transaction) => queues.renew(transaction, 'q', claim, 1_000))
    const receipt = await renew()
    assert.ok(receipt)
    assert.equal(await renew(), undefined)
    await clock.advance(999)
    assert.deepEqual(await queue.claimTexts(), [])
    assert.deepEqual(await queue.complete(claim), [false])
    assert.deepEqual(await queue.complete({ ...claim, receipt }), [true])
  })

  for (const size of [10, 5_000]) {
    testEngine(backend, `a renewal may replace the body by one of ${size} bytes`, async (bench) => {
      const { database, queues } = bench
      for (const before of [20, 4_000]) {
        const queue = queueUser(bench, `q${before}`)
        await queue.enqueue('x'.repeat(before))
        const [claim] = await queue.claim()
        assert.ok(claim)
        const body = patternOf(size)
        const renew = database.write((transaction) => queues.renew(transaction, `q${before}`, claim, 0, body))
        assert.ok(await renew)
        const [again] = await queue.claim()
        assert.deepEqual(Buffer.from(again?.body ?? bytesOf('')), Buffer.from(body))
      }
    })
  }

  testEngine(backend, 'an expired message is never delivered', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('short', { ttlMs: 1_000 })
    await queue.enqueue('long', { ttlMs: 60_000 })
    await bench.clock.advance(1_000)
    assert.deepEqual(await queue.peekTexts(5), ['long'])
    assert.deepEqual(await queue.claimTexts(5), ['long'])
  })

  testEngine(backend, 'a claim gets past any number of expired messages', async (bench) => {
    const { database, queues, clock } = bench
    const queue = queueUser(bench, 'q')
    const expiring = Array.from({ length: 1_500 }, () => ({ body: bytesOf('x'), ttlMs: 10 }))
    await database.write((transaction) => queues.enqueue(transaction, 'q', expiring))
    await queue.enqueue('a')
    await clock.advance(10)
    let wakes = 0
    database.listen(queueTopic('q'), () => wakes++)
    let claims = 0
    let texts: string[] = []
    while (texts.length === 0 && claims++ < 1_000) texts = await queue.claimTexts(10)
    assert.deepEqual(texts, ['a'])
    assert.ok(wakes >= claims - 1, 'each claim that stopped early called the consumer back')
  })

  testEngine(backend, 'whoever holds a message keeps it beyond its time to live', async (bench) => {
    const { database, queues, clock } = bench
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a', { ttlMs: 1_000 })
    const [claim] = await queue.claim(1, 5_000)
    await clock.advance(2_000)
    assert.equal(await database.write((transaction) => queues.sweep(transaction, 10)), 0)
    assert.ok(claim)
    assert.deepEqual(await queue.complete(claim), [true])
  })

  testEngine(backend, 'a sweep removes expired messages of all queues, up to its limit', async (bench) => {
    const { database, queues, clock } = bench
    for (const name of ['one', 'two', 'three']) await queueUser(bench, name).enqueue('a', { ttlMs: 1_000 })
    await queueUser(bench, 'one').enqueue('b')
    await clock.advance(1_000)
    const sweep = () => database.write((transaction) => queues.sweep(transaction, 2))
    assert.deepEqual([await sweep(), await sweep(), await sweep()], [2, 1, 0])
    assert.equal((await queueUser(bench, 'one').counts()).ready, 1)
  })
}

function testDeadLetters(backend: Backend): void {
  testEngine(backend, 'a dead message keeps its content and reason, and is not claimed', async (bench) => {
    const queue = queueUser(bench, 'q')
    const id = await queue.enqueue('a', { headers: 'h', ttlMs: 1_000 })
    const [claim] = await queue.claim()
    assert.ok(claim && (await queue.deadLetter(claim, 'too often')))
    await bench.clock.advance(120_000)
    await bench.database.write((transaction) => bench.queues.sweep(transaction, 10))
    assert.deepEqual(await queue.claimTexts(), [])
    const [dead] = await queue.peekDead(10)
    assert.deepEqual(
      [dead?.id, textOf(dead?.body ?? bytesOf('')), dead?.headers, dead?.reason, dead?.dequeueCount],
      [id, 'a', 'h', 'too often', 1],
    )
  })

  testEngine(backend, 'the dead are read page by page, and removed by id', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    for (const text of ['a', 'b', 'c']) await queue.enqueue(text)
    for (const claim of await queue.claim(3)) await queue.deadLetter(claim, 'r')
    const page = await queue.peekDead(2)
    assert.deepEqual(
      page.map(({ body }) => textOf(body)),
      ['a', 'b'],
    )
    const rest = await queue.peekDead(2, page[1]?.id)
    assert.deepEqual(
      rest.map(({ body }) => textOf(body)),
      ['c'],
    )
    const ids = [...page.map(({ id }) => id), 999_999]
    assert.equal(await database.write((transaction) => queues.removeDead(transaction, 'q', ids)), 2)
    assert.equal((await queue.counts()).dead, 1)
  })

  testEngine(backend, 'a resubmitted message is as new', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    const id = await queue.enqueue('a')
    const [claim] = await queue.claim()
    assert.ok(claim)
    await queue.deadLetter(claim, 'r')
    const resubmit = () => database.write((transaction) => queues.resubmitDead(transaction, 'q', [id, 77]))
    assert.deepEqual([await resubmit(), await resubmit()], [1, 0])
    assert.deepEqual(await queue.complete(claim), [false])
    assert.deepEqual((await queue.claim())[0]?.dequeueCount, 1)
    assert.equal((await queue.counts()).dead, 0)
  })

  testEngine(backend, 'an expired message can be kept among the dead', async (bench) => {
    const { database, queues, clock } = bench
    const queue = queueUser(bench, 'q')
    await queue.enqueue('met by a claim', { ttlMs: 10, onExpiry: 'dead-letter' })
    await clock.advance(10)
    assert.deepEqual(await queue.claimTexts(), [])
    await queue.enqueue('met by a sweep', { ttlMs: 10, onExpiry: 'dead-letter' })
    await clock.advance(10)
    assert.equal(await database.write((transaction) => queues.sweep(transaction, 10)), 1)
    assert.deepEqual(
      (await queue.peekDead(10)).map(({ body, reason }) => [textOf(body), reason]),
      [
        ['met by a claim', expiredReason],
        ['met by a sweep', expiredReason],
      ],
    )
  })
}

function testViews(backend: Backend): void {
  testEngine(backend, 'peeking changes nothing', async (bench) => {
    const queue = queueUser(bench, 'q')
    for (const text of ['a', 'b', 'c']) await queue.enqueue(text)
    assert.deepEqual(await queue.peekTexts(2), ['a', 'b'])
    assert.deepEqual(await queue.peekTexts(2), ['a', 'b'])
    assert.equal((await queue.claim())[0]?.dequeueCount, 1)
    assert.deepEqual(await queue.peekTexts(9), ['b', 'c'])
  })

  testEngine(backend, 'counts tell messages apart by what they wait for', async (bench) => {
    const queue = queueUser(bench, 'q')
    for (const text of ['a', 'b', 'c', 'd', 'e']) await queue.enqueue(text)
    await queue.enqueue('later', { delayMs: 1_000 })
    await queue.enqueue('s1', { session: 's' })
    await queue.enqueue('s2', { session: 's' })
    const [a, b] = await queue.claim(3)
    assert.ok(a && b)
    await queue.deadLetter(a, 'r')
    await queue.abandon(b, 500)
    assert.deepEqual(await queue.counts(), { ready: 3, claimed: 2, scheduled: 1, blocked: 1, dead: 1 })
  })

  testEngine(backend, 'expired messages are not counted, swept or not', async (bench) => {
    const queue = queueUser(bench, 'q')
    await queue.enqueue('a', { ttlMs: 10 })
    await queue.enqueue('b', { ttlMs: 10, delayMs: 1_000 })
    await queue.enqueue('c')
    await bench.clock.advance(10)
    const expected = { ready: 1, claimed: 0, scheduled: 0, blocked: 0, dead: 0 }
    assert.deepEqual(await queue.counts(), expected)
    await bench.database.write((transaction) => bench.queues.sweep(transaction, 10))
    assert.deepEqual(await queue.counts(), expected)
  })

  testEngine(backend, 'counts within a transaction include what it has done so far', async (bench) => {
    const { database, queues } = bench
    await queueUser(bench, 'q').enqueue('before')
    const message = { body: bytesOf('x') }
    const [, seen] = await Promise.all([
      database.write((transaction) => queues.enqueue(transaction, 'q', [message])),
      database.write(async (transaction) => {
        await queues.enqueue(transaction, 'q', [message, message])
        await queues.claim(transaction, 'q', 1, 1_000)
        return queues.counts(transaction, 'q')
      }),
    ])
    assert.deepEqual(seen, { ready: 3, claimed: 1, scheduled: 0, blocked: 0, dead: 0 })
    assert.equal((await queueUser(bench, 'q').counts()).ready, 3)
  })

  testEngine(backend, 'a queue that never had a message is empty', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'never')
    assert.deepEqual(await queue.claimTexts(), [])
    assert.deepEqual(await queue.peekDead(5), [])
    assert.equal(await queue.nextVisibleAt(), undefined)
    assert.deepEqual(await queue.counts(), { ready: 0, claimed: 0, scheduled: 0, blocked: 0, dead: 0 })
    assert.equal(await database.write((transaction) => queues.purge(transaction, 'never')), 0)
  })

  testEngine(backend, 'a consumer learns when to look again', async (bench) => {
    const queue = queueUser(bench, 'q')
    const now = bench.clock.now()
    await queue.enqueue('later', { delayMs: 5_000 })
    assert.equal(await queue.nextVisibleAt(), now + 5_000)
    await queue.enqueue('now')
    assert.equal(await queue.nextVisibleAt(), now)
    await queue.claim(1, 1_000)
    assert.equal(await queue.nextVisibleAt(), now + 1_000)
  })

  testEngine(backend, 'a purge leaves nothing, dead ones included, and the queue goes on', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    const other = queueUser(bench, 'other')
    for (const text of ['a', 'b']) await queue.enqueue(text)
    await queue.enqueue('large'.repeat(1_000))
    for (const text of ['s1', 's2']) await queue.enqueue(text, { session: 's' })
    await other.enqueue('stays')
    const [claim] = await queue.claim()
    assert.ok(claim)
    await queue.deadLetter(claim, 'r')
    assert.equal(await database.write((transaction) => queues.purge(transaction, 'q')), 5)
    assert.deepEqual(await queue.counts(), { ready: 0, claimed: 0, scheduled: 0, blocked: 0, dead: 0 })
    await queue.enqueue('new', { session: 's' })
    assert.deepEqual(await queue.claimTexts(5), ['new'])
    assert.deepEqual(await other.claimTexts(5), ['stays'])
  })

  testEngine(backend, 'consumers are woken by whatever may give them work', async (bench) => {
    const { database, queues } = bench
    const queue = queueUser(bench, 'q')
    let wakes = 0
    database.listen(queueTopic('q'), () => wakes++)
    const woken = async (action: Promise<unknown>) => {
      const before = wakes
      await action
      return wakes > before
    }
    assert.ok(await woken(queue.enqueue('a')), 'enqueue')
    const [claim] = await queue.claim()
    assert.ok(claim)
    assert.ok(await woken(queue.abandon(claim, 1_000)), 'abandon')
    await bench.clock.advance(1_000)
    const [again] = await queue.claim()
    assert.ok(again)
    const renewal = database.write((transaction) => queues.renew(transaction, 'q', again, 0))
    assert.ok(await woken(renewal), 'renew')
    const [last] = await queue.claim()
    assert.ok(last)
    await queue.deadLetter(last, 'r')
    const ids = [last.id]
    const resubmission = database.write((transaction) => queues.resubmitDead(transaction, 'q', ids))
    assert.ok(await woken(resubmission), 'resubmit')
  })
}
