/** The options of `aloft start` about storage, checked. */
import { UserError } from '@aloft/kernel'
import type { StorageSettings } from '../embedded-storage.ts'

/** As the command line gives them. */
export interface StorageStartOptions {
  readonly address?: string
  readonly 'storage-ports'?: readonly string[]
  readonly 'storage-website-port'?: number
  readonly 'storage-oauth'?: string
  readonly 'storage-versioning'?: boolean
  readonly 'storage-container-retention'?: number
  readonly 'storage-change-feed'?: boolean
  readonly 'no-storage'?: boolean
}

/** Undefined when there shall be none. @throws UserError */
export function readStorageSettings(options: StorageStartOptions): StorageSettings | undefined {
  if (options['no-storage']) return undefined
  const written = options['storage-ports']
  return {
    ports: written && parsePorts(written),
    websitePort: checkPort(options['storage-website-port']),
    address: options.address,
    tokens: options['storage-oauth'] === 'basic' ? { level: 'basic' } : undefined,
    blobs: {
      hasVersions: options['storage-versioning'] ?? false,
      hasChangeFeeds: options['storage-change-feed'] ?? false,
      containerSoftDeleteDays: checkDays(options['storage-container-retention']),
    },
  }
}

/** As long as Azure's longest. */
const maxDays = 365

function checkDays(days: number | undefined): number | undefined {
  if (days !== undefined && (days < 1 || days > maxDays))
    throw new UserError(`--storage-container-retention takes 1 to ${maxDays} days, not ${days}`)
  return days
}

const maxPort = 65_535

function checkPort(port: number | undefined): number | undefined {
  if (port !== undefined && (port < 0 || port > maxPort))
    throw new UserError(`--storage-website-port takes a port, not ${port}`, { hint: '0 = any free port.' })
  return port
}

function parsePorts(written: readonly string[]): StorageSettings['ports'] {
  const ports = written.map((text) => (/^\d{1,5}$/.test(text) ? Number(text) : Number.NaN))
  const [blob, queue, table] = ports
  if (ports.length !== 3 || !ports.every((port) => port <= maxPort))
    throw new UserError(`--storage-ports takes three ports, not '${written.join(',')}'`, {
      hint: 'For Blob, Queue and Table, e.g. --storage-ports 10000,10001,10002; 0 = any free port.',
    })
  return { blob: blob!, queue: queue!, table: table! }
}
