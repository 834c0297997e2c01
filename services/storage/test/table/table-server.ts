/** Table Storage behind its front, on a port of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '@aloft/engine'
import { type Clock, HttpListener, Logger, Scope, systemClock } from '@aloft/kernel'
import { AzureNamedKeyCredential, TableClient, TableServiceClient } from '@azure/data-tables'
import { Accounts } from '../../src/accounts/accounts.ts'
import { accountsMigration } from '../../src/accounts/schema.ts'
import { ServicePropertiesStore } from '../../src/accounts/service-properties-store.ts'
import { TokenVerifier } from '../../src/protocol/auth/tokens.ts'
import { sharedOperations } from '../../src/protocol/service-operations.ts'
import { StorageFront } from '../../src/storage-front.ts'
import { type TableStore, tableService } from '../../src/table/index.ts'

export const accountName = 'devstoreaccount1'
export const accountKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

export interface TableServer {
  /** E.g. `http://127.0.0.1:41234/devstoreaccount1`. */
  readonly url: string
  readonly store: TableStore
  readonly service: TableServiceClient
  client(table: string): TableClient
  close(): Promise<void>
}

/** @param directory kept when it is given, else a new one that goes with the server */
export async function openTableServer(
  directory?: string,
  port = 0,
  clock: Clock = systemClock,
): Promise<TableServer> {
  const scope = new Scope()
  const folder = directory ?? (await mkdtemp(join(tmpdir(), 'aloft-table-')))
  if (!directory) scope.defer(() => rm(folder, { recursive: true }))
  const log = new Logger(clock, [])
  const engine = scope.own(await openEngine({ directory: folder, clock, log }), (each) => each.close())
  await engine.database.migrate(accountsMigration)
  const accounts = await Accounts.open(engine.database, clock)
  const properties = await ServicePropertiesStore.open(engine.database)
  const room = await tableService({ engine, clock, log })
  scope.defer(() => room.close?.())
  const front = new StorageFront({
    protocol: room.protocol,
    accounts,
    properties,
    shared: sharedOperations(properties, accounts),
    authentication: {
      tokens: new TokenVerifier({ level: 'verify', issuers: [] }, clock),
      maxDateSkewMs: 15 * 60_000,
      authorizationUri: 'https://login.example',
    },
    clock,
    log,
  })
  const listener = scope.own(
    await HttpListener.open({ handler: front.handler, host: '127.0.0.1', port, clock, log }),
    (each) => each.close({ graceMs: 0 }),
  )
  const url = `http://127.0.0.1:${listener.port}/${accountName}`
  const credential = new AzureNamedKeyCredential(accountName, accountKey)
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } }
  return {
    url,
    store: room.store,
    service: new TableServiceClient(url, credential, options),
    client: (table) => new TableClient(url, table, credential, options),
    close: () => scope.close(),
  }
}
