import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { StoredBytes } from '../contracts.ts'
import { BlobNotFound, BlobTooLarge } from '../errors.ts'
import { type Backend, type Bench, bytesOf, patternOf, testEngine, textOf } from './backend.ts'

/** Small ones, and ones that no store would keep in a row. */
const sizes = [0, 1, 5_000, 300_000]

/** Declares the tests of blobs. */
export function testBlobs(backend: Backend): void {
  testContent(backend)
  testReferences(backend)
  testComposition(backend)
  testCollection(backend)
}

function testContent(backend: Backend): void {
  for (const size of sizes) {
    testEngine(backend, `${size} bytes come back whole and in ranges`, async (bench) => {
      const { blobs } = bench
      const content = patternOf(size)
      const { key, length } = await putAndKeep(bench, content)
      assert.equal(length, size)
      assert.equal(Buffer.compare(await blobs.bytes(key), content), 0)
      const ranges = [
        [0, size],
        [1, 10],
        [size - 3, 10],
        [size >> 1, size],
        [size, 5],
        [size + 5, 5],
        [3, 0],
      ]
      for (const [offset = 0, count] of ranges) {
        if (offset < 0) continue
        const expected = content.subarray(offset, offset + (count ?? 0))
        assert.equal(Buffer.compare(await collect(blobs.read(key, offset, count)), expected), 0)
      }
    })
  }

  testEngine(backend, 'a stream is stored piece by piece, with its checksums', async ({ blobs }) => {
    const pieces = [patternOf(70_000, 1), bytesOf(''), patternOf(200_000, 2), patternOf(3, 3)]
    const whole = Buffer.concat(pieces)
    const stored = await blobs.put(streamOf(pieces))
    assert.equal(stored.length, whole.length)
    assert.deepEqual(Buffer.from(stored.md5), createHash('md5').update(whole).digest())
    assert.equal(Buffer.compare(await blobs.bytes(stored.key), whole), 0)
  })

  testEngine(backend, 'checksums are those of Azure Storage', async ({ blobs }) => {
    const { md5, crc64 } = await blobs.put(bytesOf('123456789'))
    assert.equal(Buffer.from(md5).toString('hex'), '25f9e794323b453885f5181f1b624d0b')
    assert.equal(Buffer.from(crc64).toString('hex'), '8898790a86148bae')
    const empty = await blobs.put(streamOf([]))
    assert.equal(Buffer.from(empty.crc64).toString('hex'), '0000000000000000')
  })

  testEngine(backend, 'content that is too long is refused', async ({ blobs }) => {
    for (const size of [11, 400_000]) {
      const content = patternOf(size)
      assert.equal((await blobs.put(content, size)).length, size)
      await assert.rejects(blobs.put(content, size - 1), BlobTooLarge)
      await assert.rejects(blobs.put(streamOf([content, content]), 2 * size - 1), BlobTooLarge)
    }
  })

  testEngine(backend, 'a stream that fails fails the put with its own error', async ({ blobs }) => {
    for (const size of [10, 400_000]) {
      const broken = async function* () {
        yield patternOf(size)
        throw new Error('the client went away')
      }
      await assert.rejects(blobs.put(broken()), /the client went away/)
    }
  })

  testEngine(backend, 'unknown keys are refused', async ({ blobs, database }) => {
    const key = 'no-such-key'
    await assert.rejects(blobs.bytes(key), BlobNotFound)
    await assert.rejects(collect(blobs.read(key)), BlobNotFound)
    await assert.rejects(
      database.write((transaction) => blobs.keep(transaction, key)),
      BlobNotFound,
    )
    await assert.rejects(
      database.write((transaction) => blobs.release(transaction, key)),
      BlobNotFound,
    )
    const parts = [{ key, length: 1 }]
    await assert.rejects(
      database.write((transaction) => blobs.compose(transaction, parts)),
      BlobNotFound,
    )
  })
}

function testReferences(backend: Backend): void {
  for (const size of [100, 300_000]) {
    testEngine(backend, `${size} bytes stay until the last reference is released`, async (bench) => {
      const { blobs, database } = bench
      const { key } = await putAndKeep(bench, patternOf(size))
      await database.write((transaction) => blobs.keep(transaction, key))
      await release(bench, key)
      assert.equal((await blobs.bytes(key)).length, size)
      await release(bench, key)
      await assert.rejects(blobs.bytes(key), BlobNotFound)
      await assert.rejects(release(bench, key), BlobNotFound)
      await assert.rejects(
        database.write((transaction) => blobs.keep(transaction, key)),
        BlobNotFound,
      )
    })

    testEngine(backend, `${size} bytes are kept only by a transaction that commits`, async (bench) => {
      const { blobs, database, clock } = bench
      const { key } = await blobs.put(patternOf(size))
      const undone = database.write(async (transaction) => {
        await blobs.keep(transaction, key)
        throw new Error('undo')
      })
      await assert.rejects(undone, /undo/)
      await clock.advance(1)
      assert.equal(await blobs.collect(0), size)
      await assert.rejects(blobs.bytes(key), BlobNotFound)
    })

    testEngine(backend, `${size} bytes may be kept twice and released once in one commit`, async (bench) => {
      const { blobs, database } = bench
      const { key } = await blobs.put(patternOf(size))
      await Promise.all([
        database.write((transaction) => blobs.keep(transaction, key)),
        database.write((transaction) => blobs.keep(transaction, key)),
        database.write((transaction) => blobs.release(transaction, key)),
      ])
      assert.equal((await blobs.bytes(key)).length, size)
      await release(bench, key)
      await assert.rejects(blobs.bytes(key), BlobNotFound)
    })
  }

  testEngine(backend, 'who is reading reads to the end, also when the bytes are released', async (bench) => {
    const { blobs, database } = bench
    const part = await blobs.put(patternOf(300_000))
    const key = await database.write(async (transaction) => {
      const key = await blobs.compose(transaction, [part, part, part])
      await blobs.keep(transaction, key)
      return key
    })
    let length = 0
    for await (const chunk of blobs.read(key)) {
      if (length === 0) {
        await release(bench, key)
        await blobs.collect(0)
      }
      length += chunk.length
    }
    assert.equal(length, 900_000)
    await assert.rejects(blobs.bytes(key), BlobNotFound)
    assert.equal(await blobs.collect(0), 300_000)
  })
}

function testComposition(backend: Backend): void {
  testEngine(backend, 'composed bytes are read as one, from anywhere', async (bench) => {
    const { blobs } = bench
    const contents = [patternOf(200_000, 1), patternOf(7, 2), patternOf(0), patternOf(150_000, 3)]
    const parts = await Promise.all(contents.map((content) => blobs.put(content)))
    const key = await composeAndKeep(bench, [...parts, ...parts])
    const whole = Buffer.concat([...contents, ...contents])
    assert.equal(Buffer.compare(await blobs.bytes(key), whole), 0)
    const ranges = [
      [0, 10],
      [199_999, 9],
      [200_003, 200_000],
      [350_006, 2],
      [700_013, 99],
      [700_014, 1],
    ]
    for (const [offset = 0, count = 0] of ranges) {
      const expected = whole.subarray(offset, offset + count)
      assert.equal(Buffer.compare(await collect(blobs.read(key, offset, count)), expected), 0, `${offset}`)
    }
  })

  testEngine(backend, 'composed bytes refer to their parts by themselves', async (bench) => {
    const { blobs } = bench
    for (const size of [100, 300_000]) {
      const part = await putAndKeep(bench, patternOf(size))
      const key = await composeAndKeep(bench, [part, part])
      await release(bench, part.key)
      assert.equal((await blobs.bytes(key)).length, 2 * size)
      await release(bench, key)
      assert.equal(await blobs.collect(0), size)
      await assert.rejects(blobs.bytes(part.key), BlobNotFound)
    }
  })

  testEngine(backend, 'composed bytes can be parts, and need not outlive the whole', async (bench) => {
    const { blobs, clock } = bench
    const [a, b] = [await blobs.put(bytesOf('a')), await blobs.put(patternOf(200_000))]
    const inner = await composeAndKeep(bench, [a, b, a])
    const outer = await composeAndKeep(bench, [
      a,
      { key: inner, length: 200_002 },
      { key: inner, length: 200_002 },
    ])
    await release(bench, inner)
    await clock.advance(1)
    assert.equal(await blobs.collect(0), 0)
    const whole = Buffer.concat([
      bytesOf('aa'),
      patternOf(200_000),
      bytesOf('aa'),
      patternOf(200_000),
      bytesOf('a'),
    ])
    assert.equal(Buffer.compare(await blobs.bytes(outer), whole), 0)
    await release(bench, outer)
    assert.equal(await blobs.collect(0), 200_001)
  })

  testEngine(backend, 'a part of another length than it has is refused', async ({ blobs, database }) => {
    const { key } = await blobs.put(bytesOf('abc'))
    const wrong = database.write((transaction) => blobs.compose(transaction, [{ key, length: 4 }]))
    await assert.rejects(wrong, /3 long, not 4/)
  })

  testEngine(backend, 'thousands of parts are read, and released, in order', async (bench) => {
    const { blobs } = bench
    const part = await blobs.put(bytesOf('0123456789'))
    const key = await composeAndKeep(
      bench,
      Array.from({ length: 3_000 }, () => part),
    )
    assert.equal(textOf(await collect(blobs.read(key, 29_995))), '56789')
    assert.equal((await blobs.bytes(key)).length, 30_000)
    await release(bench, key)
    assert.equal(await blobs.collect(0), 10)
  })
}

function testCollection(backend: Backend): void {
  testEngine(backend, 'only what is old and not kept is collected', async (bench) => {
    const { blobs, database, clock } = bench
    const old = await blobs.put(patternOf(100))
    const oldFile = await blobs.put(patternOf(300_000))
    const kept = await putAndKeep(bench, patternOf(300_000))
    const unkept = await database.write((transaction) => blobs.compose(transaction, [kept]))
    await clock.advance(60_000)
    const young = await blobs.put(patternOf(50))
    assert.equal(await blobs.collect(30_000), 300_100)
    for (const key of [old.key, oldFile.key, unkept]) await assert.rejects(blobs.bytes(key), BlobNotFound)
    assert.equal((await blobs.bytes(kept.key)).length, 300_000)
    assert.equal((await blobs.bytes(young.key)).length, 50)
  })

  testEngine(backend, 'a collection spares what is being kept', async (bench) => {
    const { blobs, database } = bench
    const staged = await Promise.all([100, 300_000].map((size) => blobs.put(patternOf(size))))
    const keeping = staged.map(({ key }) => database.write((transaction) => blobs.keep(transaction, key)))
    assert.equal(await blobs.collect(0), 0)
    await Promise.all(keeping)
    for (const { key, length } of staged) assert.equal((await blobs.bytes(key)).length, length)
  })

  testEngine(backend, 'discarded bytes are gone at once, kept ones stay', async (bench) => {
    const { blobs } = bench
    for (const size of [100, 300_000]) {
      const staged = await blobs.put(patternOf(size))
      await blobs.discard(staged.key)
      await assert.rejects(blobs.bytes(staged.key), BlobNotFound)
      const kept = await putAndKeep(bench, patternOf(size))
      await blobs.discard(kept.key)
      assert.equal((await blobs.bytes(kept.key)).length, size)
    }
  })
}

async function putAndKeep({ blobs, database }: Bench, content: Uint8Array): Promise<StoredBytes> {
  const stored = await blobs.put(content)
  await database.write((transaction) => blobs.keep(transaction, stored.key))
  return stored
}

function composeAndKeep(
  { blobs, database }: Bench,
  parts: readonly { readonly key: string; readonly length: number }[],
): Promise<string> {
  return database.write(async (transaction) => {
    const key = await blobs.compose(transaction, parts)
    await blobs.keep(transaction, key)
    return key
  })
}

function release({ blobs, database }: Bench, key: string): Promise<void> {
  return database.write((transaction) => blobs.release(transaction, key))
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collected: Uint8Array[] = []
  for await (const chunk of chunks) collected.push(chunk)
  return Buffer.concat(collected)
}

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}
