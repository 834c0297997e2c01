/** Lines of an app's log as Azure shows them: `2026-01-01T00:00:00.000Z [Information] message`. */
import { formatTimestamp, type LogRecord } from '@aloft/kernel'

/** Every line with time and level. */
export function formatRecord({ time, level, message, error }: LogRecord): string {
  const name = level[0]!.toUpperCase() + level.slice(1)
  const stack = error?.stack ?? error?.message ?? ''
  const text = stack === '' || message.includes(stack) ? message : `${message}\n${stack}`
  const prefix = `${formatTimestamp(time)} [${name}] `
  return text
    .split(/\r?\n/)
    .map((line) => `${prefix}${line}\n`)
    .join('')
}

/** The function that a record is of or about, as it is written there. */
export function functionOf({ category, fields }: LogRecord): string | undefined {
  const { function: name } = fields
  return typeof name === 'string' ? name : /^Function\.([^.]+)/.exec(category)?.[1]
}
