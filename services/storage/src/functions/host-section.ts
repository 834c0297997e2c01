import { type AppContext, UserError } from '@aloft/kernel'

/** A section of host.json `extensions`, e.g. `queues`. Names of options ignore case. */
export class HostSection {
  readonly #name: string
  readonly #options: Readonly<Record<string, unknown>>

  constructor(app: AppContext, name: string) {
    this.#name = name
    this.#options = app.extension(name)
  }

  /** Undefined when it is not given, or null. */
  find(option: string): unknown {
    const wanted = option.toLowerCase()
    const key = Object.keys(this.#options).find((candidate) => candidate.toLowerCase() === wanted)
    return key === undefined ? undefined : (this.#options[key] ?? undefined)
  }

  /** @throws UserError that names the option */
  wholeNumber(option: string, minimum: number, maximum: number): number | undefined {
    const value = this.find(option)
    if (value === undefined) return undefined
    // App settings that override host.json are text.
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum)
      return number
    throw this.wrong(option, `a whole number from ${minimum} to ${maximum}`)
  }

  wrong(option: string, expected: string): UserError {
    const value = JSON.stringify(this.find(option))
    return new UserError(`'extensions.${this.#name}.${option}' must be ${expected}, but is ${value}.`, {
      hint: 'See host.json.',
    })
  }
}
