/** Queue Storage behind its front, on a port of its own, with time that stands still. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '@aloft/engine'
import { HttpListener, Logger, Scope } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { QueueServiceClient } from '@azure/storage-queue'
import { Accounts } from '../../src/accounts/accounts.ts'
import { accountsMigration } from '../../src/accounts/schema.ts'
import { ServicePropertiesStore } from '../../src/accounts/service-properties-store.ts'
import { TokenVerifier } from '../../src/protocol/auth/tokens.ts'
import { sharedOperations } from '../../src/protocol/service-operations.ts'
import { queueService } from '../../src/queue/index.ts'
import { StorageFront } from '../../src/storage-front.ts'
import { once, queueCredential } from '../protocol/sdk-clients.ts'

export interface QueueServer {
  /** E.g. `http://127.0.0.1:41234/devstoreaccount1`. */
  readonly url: string
  readonly clock: VirtualClock
  readonly client: QueueServiceClient
  close(): Promise<void>
}

export async function openQueueServer(): Promise<QueueServer> {
  const scope = new Scope()
  const directory = await mkdtemp(join(tmpdir(), 'aloft-queue-'))
  scope.defer(() => rm(directory, { recursive: true }))
  const clock = new VirtualClock(Date.now())
  const log = new Logger(clock, [])
  const engine = scope.own(await openEngine({ directory, clock, log }), (each) => each.close())
  await engine.database.migrate(accountsMigration)
  const accounts = await Accounts.open(engine.database, clock)
  const properties = await ServicePropertiesStore.open(engine.database)
  const room = await queueService({ engine, clock, log, properties: (name) => properties.of(name, 'queue') })
  scope.defer(() => room.close?.())
  const front = new StorageFront({
    protocol: room.protocol,
    accounts,
    properties,
    shared: sharedOperations(properties, accounts, {}),
    authentication: {
      tokens: new TokenVerifier({ level: 'verify', issuers: [] }, clock),
      maxDateSkewMs: Number.POSITIVE_INFINITY,
      authorizationUri: 'https://login.example',
    },
    clock,
    log,
  })
  const { handler, direct } = front
  const listener = scope.own(
    await HttpListener.open({ handler, direct, host: '127.0.0.1', port: 0 }),
    (each) => each.close({ graceMs: 0 }),
  )
  const url = `http://127.0.0.1:${listener.port}/devstoreaccount1`
  return {
    url,
    clock,
    client: new QueueServiceClient(url, queueCredential, once),
    close: () => scope.close(),
  }
}
