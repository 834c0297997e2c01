/**
 * Which log records `aloft start` shows: those of `func start`. Functions' own lines from Information on, the
 * host's from Warning on (from Information on with `--verbose`), host.json `logging.logLevel` above both.
 * Source: azure-functions-core-tools `ColoredConsoleLogger`, `LoggingFilterHelper`, `Utilities.DefaultLoggingFilter`.
 */
import { isAtLeast, type LogLevel, type LogRecord, logLevels } from '@aloft/kernel'

export interface LevelRules {
  /** For functions' lines: `Function.<name>`, `Function.<name>.User`, the worker's console, unknown categories. */
  readonly userLevel: LogLevel
  /** For the host's lines. */
  readonly systemLevel: LogLevel
  /** host.json `logging.logLevel` without `default`; the longest category that starts a record's wins. */
  readonly categories: readonly (readonly [prefix: string, level: LogLevel])[]
}

export interface LevelOptions {
  readonly isVerbose: boolean
  /** `--user-log-level` or FUNCTIONS_USER_LOG_LEVEL. */
  readonly userLevel: LogLevel | undefined
  /** host.json `logging.logLevel`, as written. */
  readonly hostLevels: Readonly<Record<string, string>>
}

/** Lines that tools wait for, shown at any level. */
const alwaysShown = ['Worker process started and initialized.', 'Host lock lease acquired by instance ID']
const systemPrefixes = ['Microsoft.Azure.WebJobs.', 'Function.', 'Worker.', 'Host.']
const workerConsoleCategory = 'host.function.console'

export function levelRules({ isVerbose, userLevel, hostLevels }: LevelOptions): LevelRules {
  const entries = Object.entries(hostLevels).flatMap(([category, written]) => {
    const level = parseLogLevel(written)
    return level ? [[category.toLowerCase(), level] as const] : []
  })
  const general = entries.find(([category]) => category === 'default')?.[1]
  return {
    userLevel: userLevel ?? general ?? 'information',
    systemLevel: general ?? (isVerbose ? 'information' : 'warning'),
    categories: entries
      .filter(([category]) => category !== 'default')
      .sort(([left], [right]) => right.length - left.length),
  }
}

/** A level by the names of .NET's and of ours, or its number; undefined when it is none. */
export function parseLogLevel(written: string): LogLevel | undefined {
  const key = written.trim().toLowerCase()
  return logLevels.find((level) => level === key) ?? logLevels[/^\d$/.test(key) ? Number(key) : -1]
}

/** Decides by category once, then from a table: this runs for every record. */
export class LevelFilter {
  readonly #rules: LevelRules
  readonly #minimums = new Map<string, LogLevel>()

  constructor(rules: LevelRules) {
    this.#rules = rules
  }

  isShown(record: Pick<LogRecord, 'category' | 'level' | 'message'>): boolean {
    let minimum = this.#minimums.get(record.category)
    if (minimum === undefined) {
      minimum = minimumLevel(record.category, this.#rules)
      this.#minimums.set(record.category, minimum)
    }
    return isAtLeast(record.level, minimum) || alwaysShown.some((start) => record.message.startsWith(start))
  }
}

function minimumLevel(category: string, rules: LevelRules): LogLevel {
  const key = category.toLowerCase()
  const rule = rules.categories.find(([prefix]) => key.startsWith(prefix))
  if (rule) return rule[1]
  return isUserCategory(category) ? rules.userLevel : rules.systemLevel
}

function isUserCategory(category: string): boolean {
  if (/^Function\.[^\s.]+(\.User)?$/i.test(category)) return true
  if (category.toLowerCase() === workerConsoleCategory) return true
  return (
    category !== 'Host' &&
    category !== 'Worker' &&
    !systemPrefixes.some((prefix) => category.startsWith(prefix))
  )
}
