/** One call of a word of `aloft durable`. */
import { UserError } from '@aloft/kernel'
import type { CommandContext } from '../terminal.ts'
import type { DurableApi } from './api.ts'

export interface DurableCall {
  readonly api: DurableApi
  readonly operands: readonly string[]
  readonly options: DurableCallOptions
  readonly context: CommandContext
}

export interface DurableCallOptions {
  readonly id?: string
  readonly 'function-name'?: string
  readonly input?: string
  readonly version?: string
  readonly 'event-name'?: string
  readonly 'event-data'?: string
  readonly reason?: string
  readonly 'created-after'?: string
  readonly 'created-before'?: string
  readonly 'runtime-status'?: readonly string[]
  readonly 'id-prefix'?: string
  readonly top?: number
  readonly 'continuation-token'?: string
  readonly 'show-input'?: boolean
  readonly 'show-output'?: boolean
  readonly 'task-hub-name'?: string
  readonly port?: number
  readonly 'grpc-port'?: number
  readonly json?: boolean
  readonly data?: string
}

/** The instance that is meant: `--id`, or what follows the word. */
export function instanceOf({ options, operands }: DurableCall): string {
  const id = options.id ?? operands[0]
  if (!id) throw new UserError('Which instance?', { hint: 'Name it: --id ID.' })
  return id
}

/** `instances/<id>` and what follows. */
export function instancePath(call: DurableCall, rest = ''): string {
  return `instances/${encodeURIComponent(instanceOf(call))}${rest}`
}

/** JSON as it is, or the text of a file (`@file`); what is no JSON becomes a JSON string. */
export async function payload(text: string | undefined, directory: string): Promise<string | undefined> {
  if (text === undefined) return undefined
  const content = text.startsWith('@') ? await readText(text.slice(1), directory) : text
  try {
    JSON.parse(content)
    return content
  } catch {
    return JSON.stringify(content)
  }
}

async function readText(file: string, directory: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const { resolve } = await import('node:path')
  return readFile(resolve(directory, file), 'utf8').catch(() => {
    throw new UserError(`The file ${file} cannot be read`)
  })
}
