/** Command-line flags of the benchmarks. A wrong flag ends the program with the usage, before anything is started. */
import { parseArgs } from 'node:util'

/** The flags of a run: those named in `defaults`, each with a value, and `--no-write` and `--help`. */
export class Flags<Name extends string> {
  readonly #usage: string
  readonly #values: Readonly<Record<string, string | boolean | undefined>>
  /** Whether bench/RESULTS.md is written. */
  readonly isWriting: boolean

  constructor(usage: string, defaults: Readonly<Record<Name, string>>, args = process.argv.slice(2)) {
    this.#usage = `${usage}\n  --no-write         leave bench/RESULTS.md as it is`
    const options: Record<string, { type: 'string' | 'boolean'; default: string | boolean }> = {
      write: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    }
    for (const [name, value] of Object.entries<string>(defaults))
      options[name] = { type: 'string', default: value }
    this.#values = this.#parse({ args, options, allowNegative: true })
    this.isWriting = this.#values.write === true
    if (this.#values.help) this.#end(0, '')
  }

  /** A number above zero. */
  number(name: Name): number {
    const value = Number(this.#values[name])
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) this.#end(2, `--${name} must be a number above 0`)
    return value
  }

  /** One of the given words. */
  choice<Choice extends string>(name: Name, choices: readonly Choice[]): Choice {
    const choice = choices.find((candidate) => candidate === this.#values[name])
    return choice ?? this.#end(2, `--${name} must be one of ${choices.join(', ')}`)
  }

  /** Words separated by commas, all of them among `known`; none given = an empty list. */
  words(name: Name, known: readonly string[]): readonly string[] {
    const words = String(this.#values[name]).split(',').filter(Boolean)
    const wrong = words.find((word) => !known.includes(word))
    if (wrong !== undefined) this.#end(2, `--${name} ${wrong}: not one of ${known.join(', ')}`)
    return words
  }

  #parse(config: Parameters<typeof parseArgs>[0]): Record<string, string | boolean | undefined> {
    try {
      return parseArgs(config).values as Record<string, string | boolean | undefined>
    } catch (error) {
      return this.#end(2, (error as Error).message)
    }
  }

  #end(code: number, message: string): never {
    if (message !== '') console.error(message)
    console.error(this.#usage)
    process.exit(code)
  }
}
