/** The options of `aloft start` about storage, checked. */
import { UserError } from '@aloft/kernel'
import type { StorageSettings } from '../embedded-storage.ts'

/** As the command line gives them. */
export interface StorageStartOptions {
  readonly address?: string
  readonly 'storage-ports'?: readonly string[]
  readonly 'storage-oauth'?: string
  readonly 'no-storage'?: boolean
}

/** Undefined when there shall be none. @throws UserError */
export function readStorageSettings(options: StorageStartOptions): StorageSettings | undefined {
  if (options['no-storage']) return undefined
  const written = options['storage-ports']
  return {
    ports: written && parsePorts(written),
    address: options.address,
    tokens: options['storage-oauth'] === 'basic' ? { level: 'basic' } : undefined,
  }
}

function parsePorts(written: readonly string[]): StorageSettings['ports'] {
  const ports = written.map((text) => (/^\d{1,5}$/.test(text) ? Number(text) : Number.NaN))
  const [blob, queue, table] = ports
  if (ports.length !== 3 || !ports.every((port) => port <= 65_535))
    throw new UserError(`--storage-ports takes three ports, not '${written.join(',')}'`, {
      hint: 'For Blob, Queue and Table, e.g. --storage-ports 10000,10001,10002; 0 = any free port.',
    })
  return { blob: blob!, queue: queue!, table: table! }
}
