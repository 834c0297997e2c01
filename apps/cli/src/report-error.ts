/** What the user sees of an error. */
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureError, newId, redact, type UserError } from '@aloft/kernel'
import type { Colors, CommandContext } from './terminal.ts'
import { version } from './version.ts'

/** One clear message: where, what, and how to mend it. */
export function renderUserError(error: UserError, colors: Colors): string {
  const lines = [`${colors.red('error:')} ${locationPrefix(error)}${redact(error.message)}`]
  if (error.hint) lines.push(`${colors.cyan('hint:')}  ${redact(error.hint)}`)
  return `${lines.join('\n')}\n`
}

/** Nothing when the message says it already. */
function locationPrefix({ location, message }: UserError): string {
  if (!location || message.startsWith(location.file)) return ''
  const { file, line, column } = location
  return `${[file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':')}: `
}

/**
 * Writes the details of a fault of our own to a file and says where it is. With ALOFT_DEBUG set, the details
 * are shown instead.
 */
export async function reportInternalError(
  thrown: unknown,
  words: readonly string[],
  { terminal, clock, environment }: CommandContext,
): Promise<string> {
  const error = ensureError(thrown)
  const headline = `${terminal.colors.red('error:')} Aloft itself failed: ${redact(error.message)}\n`
  const details = redact(describe(error, words, new Date(clock.now())))
  if (environment.ALOFT_DEBUG) return headline + details
  const file = join(tmpdir(), `aloft-error-${newId().slice(0, 8)}.log`)
  try {
    await writeFile(file, details, { mode: 0o600 })
    return `${headline}The details are in ${file}\n`
  } catch {
    return headline + details
  }
}

function describe(error: Error, words: readonly string[], time: Date): string {
  const causes: string[] = []
  for (let cause: unknown = error; cause !== undefined && causes.length < 10; ) {
    const each = ensureError(cause)
    causes.push(each.stack ?? each.message)
    if (each instanceof AggregateError)
      causes.push(...each.errors.map((inner) => ensureError(inner).stack ?? ''))
    cause = each.cause
  }
  return [
    `aloft ${version} on Node.js ${process.version}, ${process.platform} ${process.arch}`,
    `${time.toISOString()}  aloft ${words.join(' ')}`,
    ...causes,
    '',
  ].join('\n')
}
