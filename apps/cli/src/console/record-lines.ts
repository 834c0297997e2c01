/** A log record as the lines of `func start`: `[2026-01-01T00:00:00.000Z] message`, every line with its time. */
import { formatTimestamp, type LogLevel, type LogRecord } from '@aloft/kernel'
import type { Colors } from '../terminal.ts'
import { userStack } from './stack.ts'

type Paint = (text: string) => string

/**
 * Makes the formatter for one output; the text that it returns ends in a line break. `label` stands between time
 * and message.
 */
export function recordFormatter(colors: Colors, label?: string): (record: LogRecord) => string {
  const paints = paintsByLevel(colors)
  const mark = label === undefined ? '' : `${colors.cyan(label)} `
  return (record) => {
    const paint = isHostLine(record) ? colors.gray : paints[record.level]
    const text = record.error ? withError(record.message, record.error) : record.message
    const prefix = `${colors.gray(`[${formatTimestamp(record.time)}]`)} ${mark}`
    if (!text.includes('\n')) return `${prefix}${paint(text)}\n`
    return text
      .split(/\r?\n/)
      .map((line) => `${prefix}${line === '' ? '' : paint(line)}\n`)
      .join('')
  }
}

function plain(text: string): string {
  return text
}

function paintsByLevel(colors: Colors): Readonly<Record<LogLevel, Paint>> {
  return {
    trace: colors.gray,
    debug: colors.gray,
    information: plain,
    warning: colors.yellow,
    error: colors.red,
    critical: colors.red,
    none: plain,
  }
}

/** The host's lines step back, so that the functions' own stand out. */
function isHostLine({ level, category }: LogRecord): boolean {
  return level === 'information' && !category.endsWith('.User') && category !== 'Host.Function.Console'
}

/** The message, then what the error adds to it: its stack, which begins with its own message. */
function withError(message: string, error: Error): string {
  const stack = userStack(error.stack ?? error.message)
  return message.includes(stack) ? message : `${message}\n${stack}`
}
