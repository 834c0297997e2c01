/** Which log records are wanted: host.json `logging.logLevel`. */
import { UserError } from '../errors.ts'
import { isAtLeast, type LogLevel, logLevels } from './logger.ts'

/** `*` may stand for any text once, as in .NET's filters: `Host.Triggers.*`. */
interface Rule {
  readonly prefix: string
  readonly suffix: string
  readonly level: LogLevel
}

/** Decides by category once, then from a table: this runs for every record. */
export class LevelFilter {
  /** Longest first. */
  readonly #rules: readonly Rule[]
  readonly #default: LogLevel
  readonly #minimums = new Map<string, LogLevel>()

  /**
   * @param levels by category, without case: the longest that begins a record's category wins, else `default`
   * @param defaultLevel when `levels` has no `default`
   * @throws UserError for a level that is none
   */
  constructor(levels: Readonly<Record<string, string>>, defaultLevel: LogLevel = 'information') {
    const rules = Object.entries(levels).map(([category, level]) => parseRule(category, level))
    this.#default = rules.find(({ prefix }) => prefix === 'default')?.level ?? defaultLevel
    this.#rules = rules
      .filter(({ prefix }) => prefix !== 'default')
      .sort((a, b) => b.prefix.length + b.suffix.length - a.prefix.length - a.suffix.length)
  }

  /** The lowest level that is wanted of `category`. */
  minimum(category: string): LogLevel {
    let level = this.#minimums.get(category)
    if (level === undefined) {
      const key = category.toLowerCase()
      level = this.#rules.find((rule) => isMatch(rule, key))?.level ?? this.#default
      this.#minimums.set(category, level)
    }
    return level
  }

  isEnabled(level: LogLevel, category: string): boolean {
    return isAtLeast(level, this.minimum(category))
  }
}

/** A level by its name, without case, or .NET's number; undefined when it is none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const key = text.trim().toLowerCase()
  return logLevels.find((level) => level === key) ?? (/^\d$/.test(key) ? logLevels[Number(key)] : undefined)
}

function parseRule(category: string, text: string): Rule {
  const level = parseLogLevel(String(text))
  if (!level)
    throw new UserError(`logLevel '${category}' is '${text}'; it must be one of ${logLevels.join(', ')}.`)
  const [prefix = '', suffix = ''] = category.toLowerCase().split('*')
  return { prefix, suffix, level }
}

function isMatch({ prefix, suffix }: Rule, category: string): boolean {
  return (
    category.length >= prefix.length + suffix.length &&
    category.startsWith(prefix) &&
    category.endsWith(suffix)
  )
}
