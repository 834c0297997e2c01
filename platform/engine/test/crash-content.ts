import { patternOf } from '../src/conformance/backend.ts'

/** How long the child's claims last: longer than the child. */
export const holdMs = 60_000

/** The bytes that go with a number: some small enough for a row, some not. */
export function contentOf(seed: number): Uint8Array {
  return patternOf(seed % 2 === 0 ? 200 + (seed % 100) : 20_000 + (seed % 1_000), seed)
}
