/** Storage as users have it, on free ports, with the official client of tables. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '@aloft/engine'
import { type Clock, Logger, Scope, systemClock } from '@aloft/kernel'
import { AzureNamedKeyCredential, TableClient, TableServiceClient } from '@azure/data-tables'
import { developmentAccountKey, developmentAccountName } from '../../src/accounts/account-name.ts'
import { openStorage } from '../../src/storage-service.ts'
import type { TableStore } from '../../src/table/index.ts'

export const accountName = developmentAccountName
export const accountKey = developmentAccountKey

export interface TableServer {
  /** E.g. `http://127.0.0.1:41234/devstoreaccount1`. */
  readonly url: string
  readonly store: TableStore
  readonly service: TableServiceClient
  client(table: string): TableClient
  close(): Promise<void>
}

/** On data of its own, which goes when it closes. */
export async function openTableServer(clock: Clock = systemClock): Promise<TableServer> {
  const scope = new Scope()
  const directory = await mkdtemp(join(tmpdir(), 'aloft-table-'))
  scope.defer(() => rm(directory, { recursive: true }))
  const log = new Logger(clock, [])
  const engine = scope.own(await openEngine({ directory, clock, log }), (each) => each.close())
  const storage = scope.own(await openStorage({ engine, clock, log }), (each) => each.close())
  await storage.listen({ host: '127.0.0.1', ports: { blob: 0, queue: 0, table: 0 } })
  const url = storage.endpoints(accountName).table
  const credential = new AzureNamedKeyCredential(accountName, accountKey)
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } }
  return {
    url,
    store: storage.tables,
    service: new TableServiceClient(url, credential, options),
    client: (table) => new TableClient(url, table, credential, options),
    close: () => scope.close(),
  }
}
