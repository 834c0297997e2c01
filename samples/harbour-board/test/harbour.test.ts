import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

interface Ship {
  readonly id: number
  readonly status: string
  readonly berth: number | null
}

interface Harbour {
  reset(): void
  tick(): void
  snapshot(): { readonly arrivals: readonly Ship[] }
  find(id: number): Ship | undefined
  announce(arrival: { name: string; from: string; cargo: string; dueIn?: number }): Ship
  remove(id: number): boolean
  onChange(listener: () => void): () => void
}

interface ArrivalForm {
  readArrival(body: unknown): { readonly arrival?: unknown; readonly problems?: Record<string, string> }
}

// The sample is plain JavaScript, so its shape is stated here.
const harbour: Harbour = await import(new URL('../src/harbour.js', import.meta.url).href)
const { readArrival }: ArrivalForm = await import(new URL('../src/arrival-form.js', import.meta.url).href)

beforeEach(() => harbour.reset())

test('a ship comes nearer with every tick, berths when it is there, unloads and leaves', () => {
  for (const { id } of harbour.snapshot().arrivals) harbour.remove(id)
  const { id } = harbour.announce({ name: 'Solo', from: 'Hull', cargo: 'Coal', dueIn: 10 })
  const seen = []
  for (let tick = 0; tick < 8; tick++) {
    seen.push(harbour.find(id)?.status ?? 'gone')
    harbour.tick()
  }
  assert.deepEqual(seen, [
    'expected',
    'expected',
    'berthed',
    'berthed',
    'berthed',
    'berthed',
    'berthed',
    'gone',
  ])
})

test('no berth ever holds two ships, and those without a berth wait at anchor', () => {
  let hasWaited = false
  for (let tick = 0; tick < 500; tick++) {
    if (tick < 4) harbour.announce({ name: `Extra ${tick}`, from: 'X', cargo: 'Y', dueIn: 5 })
    harbour.tick()
    const berths = harbour
      .snapshot()
      .arrivals.filter(({ status }) => status === 'berthed')
      .map(({ berth }) => berth)
    assert.equal(new Set(berths).size, berths.length)
    hasWaited ||= harbour.snapshot().arrivals.some(({ status }) => status === 'at anchor')
  }
  assert.ok(hasWaited)
})

test('listeners hear of every change until they stop listening', () => {
  let heard = 0
  const stop = harbour.onChange(() => heard++)
  harbour.tick()
  stop()
  harbour.tick()
  assert.equal(heard, 1)
})

test('an announcement is trimmed, and half an hour is the default', () => {
  assert.deepEqual(readArrival({ name: ' A ', from: 'B', cargo: 'C' }), {
    arrival: { name: 'A', from: 'B', cargo: 'C', dueIn: 30 },
  })
  assert.ok(readArrival(null).problems)
})
