/**
 * How often which duration occurred. A bucket is 19 % wider than the one before, so that a percentile is at most
 * 10 % off, from 60 microseconds to four hours.
 */

const bucketsPerOctave = 4
const shortestOctave = -4
const bucketCount = 112

export type DurationHistogram = Uint32Array<ArrayBuffer>

export function emptyHistogram(): DurationHistogram {
  return new Uint32Array(bucketCount)
}

export function countDuration(histogram: DurationHistogram, durationMs: number): void {
  // Takes 0 to bucket 0: its logarithm is minus infinity.
  const bucket = Math.floor((Math.log2(durationMs) - shortestOctave) * bucketsPerOctave)
  histogram[Math.min(bucketCount - 1, Math.max(0, bucket))]!++
}

export function addHistogram(sum: DurationHistogram, histogram: DurationHistogram): void {
  for (const [bucket, count] of histogram.entries()) sum[bucket]! += count
}

/**
 * The duration in milliseconds that `percent` % of all do not exceed, as the middle of its bucket; NaN when there
 * are none.
 */
export function percentileMs(histogram: DurationHistogram, percent: number): number {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  const rank = Math.max(1, Math.ceil((percent / 100) * total))
  let seen = 0
  for (const [bucket, count] of histogram.entries()) {
    seen += count
    if (seen >= rank) return 2 ** (shortestOctave + (bucket + 0.5) / bucketsPerOctave)
  }
  return Number.NaN
}

/** `bucket:count` of what is not empty, as it is stored. */
export function formatHistogram(histogram: DurationHistogram): string {
  return [...histogram.entries()]
    .filter(([, count]) => count > 0)
    .map(([bucket, count]) => `${bucket}:${count}`)
    .join(' ')
}

export function parseHistogram(text: string): DurationHistogram {
  const histogram = emptyHistogram()
  for (const [, bucket, count] of text.matchAll(/(\d+):(\d+)/g)) histogram[Number(bucket)] = Number(count)
  return histogram
}
