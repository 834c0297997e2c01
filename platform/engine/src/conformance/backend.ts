import { test } from 'node:test'
import type { Clock } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { Engine } from '../contracts.ts'

/** An implementation of the durable primitives, to be put to the test. */
export interface Backend {
  /** Stands before the name of each test. */
  readonly name: string
  /** Opens an engine without content; its `close` also removes what it has stored. */
  readonly open: (clock: Clock) => Promise<Engine>
}

/** What a test works with. */
export interface Bench extends Engine {
  readonly clock: VirtualClock
}

/** Declares a test that gets a fresh engine on a clock that stands still. */
export function testEngine(backend: Backend, name: string, body: (bench: Bench) => Promise<void>): void {
  test(`${backend.name}: ${name}`, async () => {
    const clock = new VirtualClock()
    const engine = await backend.open(clock)
    try {
      await body({ ...engine, clock })
    } finally {
      await engine.close()
    }
  })
}

/** UTF-8 bytes of `text`. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The text in UTF-8 `bytes`. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** `length` bytes in which each position tells itself apart from its neighbours. */
export function patternOf(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * seed + seed) & 0xff)
}

/** For fast-check: the same runs each time; `ALOFT_SEED` and `ALOFT_RUNS` ask for others and more. */
export const propertyRuns = {
  seed: Number(process.env.ALOFT_SEED ?? 1),
  numRuns: Number(process.env.ALOFT_RUNS ?? 100),
} as const
