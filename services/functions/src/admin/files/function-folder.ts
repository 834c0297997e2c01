/** Functions as folders with a function.json, made and removed by the admin API (host `WebFunctionsManager`). */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const configFile = 'function.json'

/** What a function's folder is to hold. */
export interface FunctionFiles {
  /** Contents by name; function.json may be among them. They replace all files that are there. */
  readonly files: ReadonlyMap<string, string> | undefined
  /** function.json, unless it is among `files`. */
  readonly config: unknown
  readonly testData: string | undefined
}

/** Understands the body of a PUT. @throws Error that says what is wrong with it */
export function parseFunctionFiles(body: unknown): FunctionFiles {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Error('Expected a JSON object with "files" and "config".')
  const entries = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value as unknown]))
  const files = entries.get('files') ?? undefined
  const config = entries.get('config') ?? undefined
  if (files === undefined && config === undefined && entries.get('test_data') === undefined)
    throw new Error('Expected "files", "config" or "test_data".')
  if (files !== undefined && (typeof files !== 'object' || files === null || Array.isArray(files)))
    throw new Error('"files" must be an object of texts by file name.')
  const testData = entries.get('test_data') ?? undefined
  if (testData !== undefined && typeof testData !== 'string') throw new Error('"test_data" must be a text.')
  const contents = Object.entries(files ?? {}).map(([name, text]) => {
    if (!isFileName(name)) throw new Error(`"${name}" is not the name of a file.`)
    if (typeof text !== 'string') throw new Error(`The content of "${name}" must be a text.`)
    return [name, text] as const
  })
  return { files: files === undefined ? undefined : new Map(contents), config, testData }
}

/** A function that is there as a folder; undefined for one that is registered in code. */
export function functionFolder(root: string, name: string): string | undefined {
  const folder = join(root, name)
  return existsSync(join(folder, configFile)) ? folder : undefined
}

export async function writeFunctionFolder(root: string, name: string, content: FunctionFiles): Promise<void> {
  const folder = join(root, name)
  const { files, config } = content
  await mkdir(folder, { recursive: true })
  if (files) for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true })
  for (const [file, text] of files ?? []) await writeFile(join(folder, file), text)
  if (config !== undefined && !files?.has(configFile))
    await writeFile(join(folder, configFile), `${JSON.stringify(config, undefined, 2)}\n`)
}

function isFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
}
