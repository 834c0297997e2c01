/**
 * Which log records `aloft start` shows: those of `func start`. Functions' own lines from Information on, the
 * host's from Warning on (from Information on with `--verbose`), host.json `logging.logLevel` above both.
 * Source: azure-functions-core-tools `ColoredConsoleLogger`, `LoggingFilterHelper`, `Utilities.DefaultLoggingFilter`.
 */
import { isAtLeast, LevelFilter, type LogLevel } from '@aloft/kernel'

export interface LevelOptions {
  readonly isVerbose: boolean
  /** `--user-log-level` or FUNCTIONS_USER_LOG_LEVEL. */
  readonly userLevel: LogLevel | undefined
  /** host.json `logging.logLevel`. */
  readonly hostLevels: Readonly<Record<string, LogLevel>>
}

/** Lines that tools wait for: the host's, at Information, shown at any level. */
const alwaysShown = ['Worker process started and initialized.', 'Host lock lease acquired by instance ID']
/** Its lines come with all work of a trigger; none of them is always shown. */
const busyPrefix = 'Host.Triggers.'
const hostPrefixes = ['Microsoft.Azure.WebJobs.', 'Function.', 'Worker.', 'Host.']
const workerConsoleCategory = 'Host.Function.Console'

export class LevelRules {
  readonly #user: LevelFilter
  readonly #host: LevelFilter

  constructor({ isVerbose, userLevel, hostLevels }: LevelOptions) {
    const { default: general, ...categories } = lowerCaseKeys(hostLevels)
    this.#user = new LevelFilter(categories, userLevel ?? general ?? 'information')
    this.#host = new LevelFilter(categories, general ?? (isVerbose ? 'information' : 'warning'))
  }

  /** Whether records of this level and category may be shown; `isShown` has the last word. */
  isEnabled(level: LogLevel, category: string): boolean {
    if (isUserCategory(category)) return this.#user.isEnabled(level, category)
    if (this.#host.isEnabled(level, category)) return true
    return isAtLeast(level, 'information') && !category.startsWith(busyPrefix)
  }

  isShown(level: LogLevel, category: string, message: string): boolean {
    const filter = isUserCategory(category) ? this.#user : this.#host
    return filter.isEnabled(level, category) || alwaysShown.some((start) => message.startsWith(start))
  }
}

/** Every invocation asks four times, of few categories. */
const knownCategories = new Map<string, boolean>()

/** `Function.<name>`, `Function.<name>.User`, what apps print themselves, and categories that nobody knows. */
export function isUserCategory(category: string): boolean {
  let isUser = knownCategories.get(category)
  if (isUser === undefined) {
    isUser = decideUserCategory(category)
    knownCategories.set(category, isUser)
  }
  return isUser
}

function decideUserCategory(category: string): boolean {
  if (category.startsWith('Function.')) return /^Function\.[^\s.]+(\.User)?$/.test(category)
  if (category === workerConsoleCategory) return true
  return (
    category !== 'Host' &&
    category !== 'Worker' &&
    !hostPrefixes.some((prefix) => category.startsWith(prefix))
  )
}

function lowerCaseKeys(levels: Readonly<Record<string, LogLevel>>): Record<string, LogLevel> {
  return Object.fromEntries(
    Object.entries(levels).map(([category, level]) => [category.toLowerCase(), level]),
  )
}
