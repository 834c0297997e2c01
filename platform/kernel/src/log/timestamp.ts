/** Times in log lines. */

let lastSecond = Number.NaN
let secondText = ''
let lastTime = Number.NaN
let lastText = ''

/**
 * `2026-01-01T00:00:00.000Z`. Kept for the last millisecond, and all but the milliseconds for the last second:
 * every invocation writes two lines, and making the text anew would cost more than the rest of a line.
 * @param time milliseconds since 1970
 */
export function formatTimestamp(time: number): string {
  if (time === lastTime) return lastText
  const second = Math.floor(time / 1000) * 1000
  const millisecond = Math.floor(time) - second
  if (second !== lastSecond) {
    secondText = new Date(second).toISOString().slice(0, -4)
    lastSecond = second
  }
  lastTime = time
  lastText = `${secondText}${String(millisecond).padStart(3, '0')}Z`
  return lastText
}
