/** The Blob service on a real port, on a clock that stands still, with Azure's own client. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Engine, openEngine } from '@aloft/engine'
import { HttpListener, Logger, type LogRecord, type ResourceEvent } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { BlobServiceClient, type ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { Accounts } from '../../src/accounts/accounts.ts'
import { accountsMigration } from '../../src/accounts/schema.ts'
import { ServicePropertiesStore } from '../../src/accounts/service-properties-store.ts'
import { type BlobService, type BlobServiceOptions, blobService } from '../../src/blob/index.ts'
import { TokenVerifier } from '../../src/protocol/auth/tokens.ts'
import { sharedOperations } from '../../src/protocol/service-operations.ts'
import { StorageFront } from '../../src/storage-front.ts'

export const account = 'devstoreaccount1'
const otherAccount = { name: 'otheraccount', key: Buffer.from('another key').toString('base64') }

export interface BlobServer {
  readonly clock: VirtualClock
  readonly engine: Engine
  readonly service: BlobService
  readonly client: BlobServiceClient
  /** Of another account. */
  readonly otherClient: BlobServiceClient
  /** A container that is there. */
  readonly box: ContainerClient
  readonly events: readonly ResourceEvent[]
  /** Errors that were logged. */
  readonly faults: readonly LogRecord[]
}

/** Declares a test that gets a server of its own. */
export function testBlobs(
  name: string,
  body: (server: BlobServer) => Promise<void>,
  options: BlobServiceOptions = {},
): void {
  test(name, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aloft-blob-'))
    const clock = new VirtualClock(Date.now())
    const faults: LogRecord[] = []
    const log = new Logger(clock, [
      { write: (record) => void (record.level === 'error' && faults.push(record)) },
    ])
    const engine = await openEngine({ directory, clock, log })
    await engine.database.migrate(accountsMigration)
    const fixed = { name: otherAccount.name, keys: [otherAccount.key, otherAccount.key] as const }
    const accounts = await Accounts.open(engine.database, clock, [fixed])
    const properties = await ServicePropertiesStore.open(engine.database)
    const events: ResourceEvent[] = []
    const service = await blobService(
      {
        engine,
        clock,
        log,
        events: { publish: (_, published) => void events.push(...published) },
        properties: (name) => properties.of(name, 'blob'),
      },
      options,
    )
    const front = new StorageFront({
      protocol: service.protocol,
      accounts,
      properties,
      shared: sharedOperations(properties, accounts, service.protocol),
      authentication: {
        tokens: new TokenVerifier({ level: 'verify', issuers: [] }, clock),
        maxDateSkewMs: Number.POSITIVE_INFINITY,
        authorizationUri: 'https://login.example.com',
      },
      clock,
      log,
    })
    const listener = await HttpListener.open({
      port: 0,
      host: '127.0.0.1',
      handler: front.handler,
      direct: front.direct,
    })
    const clientOf = (name: string, key: string) =>
      new BlobServiceClient(
        `http://127.0.0.1:${listener.port}/${name}`,
        new StorageSharedKeyCredential(name, key),
        { retryOptions: { maxTries: 1 } },
      )
    try {
      const client = clientOf(account, accounts.find(account)?.keys[0] ?? '')
      const box = client.getContainerClient('box')
      await box.create()
      const otherClient = clientOf(otherAccount.name, otherAccount.key)
      await body({ clock, engine, service, client, otherClient, box, events, faults })
    } finally {
      await listener.close({ graceMs: 0 })
      await service.close()
      await engine.close()
      await rm(directory, { recursive: true })
    }
  })
}

/** Uploads text. */
export async function upload(container: ContainerClient, name: string, text = 'hello'): Promise<void> {
  await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text))
}

/** The text of a blob. */
export async function textOf(container: ContainerClient, name: string): Promise<string> {
  return (await container.getBlobClient(name).downloadToBuffer()).toString()
}

/** For `assert.rejects`. */
export function failure(statusCode: number, code: string): object {
  return { statusCode, code }
}

/** The same for answers without a body, whose code is in a header. */
export function failureOf(statusCode: number, code: string): (error: unknown) => true {
  return (error) => {
    const refusal = error as { statusCode?: number; code?: string; details?: { errorCode?: string } }
    assert.deepEqual([refusal.statusCode, refusal.code ?? refusal.details?.errorCode], [statusCode, code])
    return true
  }
}

/** Base64 of a block's id. */
export function blockId(text: string): string {
  return Buffer.from(text).toString('base64')
}

export async function arrayOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
