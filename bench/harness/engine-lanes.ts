/** The measurements of `./aloft bench engine`: each primitive, and the raw limit beside it. */
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '@aloft/engine'
import { newId } from '@aloft/kernel'
import { RawDatabase, RawQueue, writeFileDurably } from './engine-raw.ts'

/** The size of the blobs that are read. */
const readBytes = 65_536

export interface EngineLane {
  readonly name: string
  /** Transactions under way at a time, and rows of each. */
  readonly setting: string
  /** What is counted. */
  readonly unit: string
  readonly count: number
  readonly aloft: () => Promise<void>
  readonly raw: () => Promise<void> | void
}

/** Prepares all lanes; the raw ones work in `directory`. */
export function engineLanes(engine: Engine, directory: string): EngineLane[] {
  const database = new RawDatabase(join(directory, 'raw.db'))
  const files = join(directory, 'files')
  mkdirSync(files)
  return [
    ...commitLanes(engine, database),
    ...queueLanes(engine, new RawQueue(database)),
    ...logLanes(engine, database),
    leaseLane(engine, database),
    ...blobLanes(engine, files),
  ]
}

/** Runs `action` `count` times, `limit` at a time. */
async function inFlight(
  limit: number,
  count: number,
  action: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const run = async () => {
    while (next < count) await action(next++)
  }
  await Promise.all(Array.from({ length: limit }, run))
}

function commitLanes({ database }: Engine, raw: RawDatabase): EngineLane[] {
  const sql = 'INSERT INTO counter (id, value) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET value = value + 1'
  const table = 'CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)'
  raw.exec(table)
  const migrated = database.migrate({ service: 'bench', steps: [table] })
  const statement = raw.prepare(sql)
  return [1, 16, 256].map((width) => {
    const count = width === 1 ? 1_500 : 30_000
    return {
      name: 'transaction of one row',
      setting: `${width} × 1`,
      unit: 'transactions',
      count,
      aloft: async () => {
        await migrated
        await inFlight(width, count, async (index) => {
          await database.write((transaction) => transaction.run(sql, index % 1000))
        })
      },
      raw: () => {
        for (let done = 0; done < count; done += width)
          raw.transaction(() => {
            for (let i = 0; i < width; i++) statement.run((done + i) % 1000)
          })
      },
    }
  })
}

function queueLanes({ database, queues }: Engine, raw: RawQueue): EngineLane[] {
  const body = new Uint8Array(200).fill(120)
  const lane = (width: number, rows: number, count: number): EngineLane => ({
    name: 'queue: enqueue + claim + complete',
    setting: `${width} × ${rows}`,
    unit: 'messages',
    count,
    aloft: () => {
      const queue = `bench-${width}-${rows}`
      const batch = Array.from({ length: rows }, () => ({ body }))
      return inFlight(width, count / rows, async () => {
        await database.write((transaction) => queues.enqueue(transaction, queue, batch))
        const claims = await database.write((transaction) => queues.claim(transaction, queue, rows, 30_000))
        await database.write((transaction) => queues.complete(transaction, queue, claims))
      })
    },
    raw: () => {
      for (let done = 0; done < count; done += width * rows) {
        raw.enqueue(body, width * rows)
        raw.complete(raw.claim(width * rows))
      }
    },
  })
  return [lane(1, 32, 9_600), lane(8, 32, 38_400), lane(32, 1, 16_000), lane(256, 1, 38_400)]
}

function logLanes({ database, logs }: Engine, raw: RawDatabase): EngineLane[] {
  const entries = Array.from({ length: 10 }, () => ({ body: new Uint8Array(200).fill(120) }))
  raw.exec(`CREATE TABLE entry (partition INTEGER, position INTEGER, time INTEGER, headers TEXT, body BLOB,
    PRIMARY KEY (partition, position)) WITHOUT ROWID`)
  const insert = raw.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?)')
  const select = raw.prepare(
    'SELECT * FROM entry WHERE partition = 0 AND position >= ? ORDER BY position LIMIT +?',
  )
  const width = 32
  const count = 64_000
  let position = 0
  const append: EngineLane = {
    name: 'log: append, 4 partitions',
    setting: `${width} × 10`,
    unit: 'entries',
    count,
    aloft: () =>
      inFlight(width, count / 10, async (index) => {
        await database.write((transaction) => logs.append(transaction, 'bench', index % 4, entries))
      }),
    raw: () => {
      for (let done = 0; done < count; done += width * 10)
        raw.transaction(() => {
          for (let i = 0; i < width; i++)
            for (const { body } of entries) insert.run(i % 4, position++, Date.now(), '', body)
        })
    },
  }
  const read: EngineLane = {
    name: 'log: read',
    setting: '1 × 100',
    unit: 'entries',
    count,
    aloft: () =>
      inFlight(1, count / 100, async (index) => {
        const offset = (index * 100) % 10_000
        await database.read((snapshot) => logs.read(snapshot, 'bench', 0, offset, 100))
      }),
    raw: () => {
      for (let done = 0; done < count; done += 100) select.all(done % 10_000, 100)
    },
  }
  return [append, read]
}

function leaseLane({ database, leases }: Engine, raw: RawDatabase): EngineLane {
  raw.exec(
    'CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT, epoch INTEGER, expires_at INTEGER) WITHOUT ROWID',
  )
  const insert = raw.prepare("INSERT OR IGNORE INTO lease VALUES (?, 'me', 1, 0)")
  const renew = raw.prepare("UPDATE lease SET expires_at = ? WHERE name = ? AND owner = 'me' AND epoch = 1")
  const width = 64
  const count = 32_000
  return {
    name: 'lease: renew',
    setting: `${width} × 1`,
    unit: 'renewals',
    count,
    aloft: async () => {
      const held = await database.write((transaction) =>
        Promise.all(
          Array.from({ length: width }, (_, index) =>
            leases.acquire(transaction, `bench-${index}`, 'me', 3_600_000),
          ),
        ),
      )
      await inFlight(width, count, async (index) => {
        const lease = held[index % width]
        if (lease) await database.write((transaction) => leases.renew(transaction, lease, 3_600_000))
      })
    },
    raw: () => {
      for (let i = 0; i < width; i++) insert.run(`bench-${i}`)
      for (let done = 0; done < count; done += width)
        raw.transaction(() => {
          for (let i = 0; i < width; i++) renew.run(Date.now(), `bench-${i}`)
        })
    },
  }
}

function blobLanes({ database, blobs }: Engine, files: string): EngineLane[] {
  const width = 16
  const keys: string[] = []
  const paths: string[] = []
  const put = (label: string, bytes: number, count: number): EngineLane => {
    const content = new Uint8Array(bytes).fill(120)
    return {
      name: `blob: put + keep ${label}`,
      setting: `${width} × 1`,
      unit: 'blobs',
      count,
      aloft: () =>
        inFlight(width, count, async () => {
          const { key } = await blobs.put(content)
          await database.write((transaction) => blobs.keep(transaction, key))
          if (bytes === readBytes) keys.push(key)
        }),
      raw: () =>
        inFlight(width, count, async () => {
          const path = join(files, newId())
          await writeFileDurably(path, content)
          if (bytes === readBytes) paths.push(path)
        }),
    }
  }
  const read: EngineLane = {
    name: 'blob: read 64 KiB',
    setting: `${width} × 1`,
    unit: 'blobs',
    count: 4_000,
    aloft: () =>
      inFlight(width, 4_000, async (index) => {
        for await (const _ of blobs.read(keys[index % keys.length] ?? ''));
      }),
    raw: () =>
      inFlight(width, 4_000, async (index) => {
        await readFile(paths[index % paths.length] ?? '')
      }),
  }
  return [
    put('1 KiB', 1_024, 4_000),
    put('16 KiB', 16_384, 2_000),
    put('64 KiB', readBytes, 1_000),
    put('1 MiB', 1_048_576, 96),
    read,
  ]
}
