/** local.settings.json as a text that is edited: comments, order and indentation stay. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@aloft/kernel'
import { applyEdits, modify, type ParseError, parse, printParseErrorCode } from 'jsonc-parser'

export const settingsFile = 'local.settings.json'

export interface LocalSetting {
  readonly name: string
  readonly value: string
}

export interface LocalConnectionString extends LocalSetting {
  readonly providerName: string
}

export type SettingKind = 'Values' | 'ConnectionStrings'

/** As Core Tools have it for a connection string that names none. */
const defaultProvider = 'System.Data.SqlClient'
const emptyText = '{\n  "IsEncrypted": false,\n  "Values": {}\n}\n'

/** The settings of an app's folder; `write` puts changes on disk. */
export class SettingsFile {
  readonly #path: string
  #text: string

  private constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
  }

  /** A file that does not exist begins empty. @throws UserError when it is not a JSON object */
  static async read(directory: string): Promise<SettingsFile> {
    const path = join(directory, settingsFile)
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return emptyText
      throw error
    })
    const file = new SettingsFile(path, text.replace(/^\uFEFF/, ''))
    file.#root()
    return file
  }

  /** The flag; a file without it counts as encrypted, as for Core Tools. */
  get isMarkedEncrypted(): boolean {
    return this.#root().IsEncrypted !== false
  }

  /** Whether there are values that only the machine can read that encrypted them. */
  get hasEncryptedValues(): boolean {
    return this.isMarkedEncrypted && [...this.values, ...this.connectionStrings].some(isCipherText)
  }

  get values(): readonly LocalSetting[] {
    return Object.entries(this.#section('Values')).map(([name, value]) => ({ name, value: String(value) }))
  }

  get connectionStrings(): readonly LocalConnectionString[] {
    return Object.entries(this.#section('ConnectionStrings')).map(([name, value]) => {
      if (!isObject(value)) return { name, value: String(value), providerName: defaultProvider }
      const { ConnectionString: text = '', ProviderName: provider = defaultProvider } = value
      return { name, value: String(text), providerName: String(provider) }
    })
  }

  set(kind: SettingKind, name: string, value: string): void {
    const entry = kind === 'Values' ? value : { ConnectionString: value, ProviderName: defaultProvider }
    this.#edit([kind, this.#spelling(kind, name) ?? name], entry)
  }

  /** False when there is no such setting. */
  remove(kind: SettingKind, name: string): boolean {
    const spelling = this.#spelling(kind, name)
    if (spelling === undefined) return false
    this.#edit([kind, spelling], undefined)
    return true
  }

  markPlain(): void {
    this.#edit(['IsEncrypted'], false)
  }

  async write(): Promise<void> {
    // What is in it is for its owner only; a file that exists keeps the rights that it has.
    await writeFile(this.#path, this.#text, { mode: 0o600 })
  }

  #edit(path: string[], value: unknown): void {
    const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' }
    this.#text = applyEdits(this.#text, modify(this.#text, path, value, { formattingOptions }))
  }

  /** Names are compared without case. */
  #spelling(kind: SettingKind, name: string): string | undefined {
    return Object.keys(this.#section(kind)).find((each) => each.toLowerCase() === name.toLowerCase())
  }

  #section(kind: SettingKind): Readonly<Record<string, unknown>> {
    const section = this.#root()[kind] ?? {}
    if (isObject(section)) return section
    throw new UserError(`"${kind}" is not an object`, { location: { file: settingsFile } })
  }

  #root(): Readonly<Record<string, unknown>> {
    const errors: ParseError[] = []
    const root: unknown = parse(this.#text, errors, { allowTrailingComma: true })
    const [error] = errors
    if (!error && isObject(root)) return root
    const before = this.#text.slice(0, error?.offset ?? 0).split('\n')
    throw new UserError(
      error
        ? `The file is not valid JSON: ${printParseErrorCode(error.error)}`
        : 'The file is not a JSON object',
      { location: { file: settingsFile, line: before.length, column: before.at(-1)!.length + 1 } },
    )
  }
}

/** What Core Tools make: ASP.NET's data protection, and that of Windows, both in base64. */
function isCipherText({ value }: LocalSetting): boolean {
  return /^(CfDJ8|AQAAANCMnd8B)[A-Za-z0-9+/_-]+=*$/.test(value)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
