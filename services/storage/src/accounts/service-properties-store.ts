/** Service properties in the database, and in memory for every request that needs them. */
import type { Database } from '@aloft/engine'
import type { ServiceName, ServiceProperties } from '../contracts.ts'
import { defaultServiceProperties } from '../protocol/service-properties.ts'

interface PropertiesRow {
  readonly account: string
  readonly service: string
  readonly properties: string
}

/** Properties are few and read with every request of a browser, so all of them are kept in memory. */
export class ServicePropertiesStore {
  readonly #database: Database
  readonly #known = new Map<string, ServiceProperties>()

  private constructor(database: Database) {
    this.#database = database
  }

  /** The tables of the accounts must be there. */
  static async open(database: Database): Promise<ServicePropertiesStore> {
    const store = new ServicePropertiesStore(database)
    const rows = await database.read((snapshot) =>
      snapshot.all<PropertiesRow>('SELECT account, service, properties FROM storage_service_properties'),
    )
    for (const { account, service, properties } of rows)
      store.#known.set(keyOf(account, service), { ...defaultServiceProperties, ...JSON.parse(properties) })
    return store
  }

  of(account: string, service: ServiceName): ServiceProperties {
    return this.#known.get(keyOf(account, service)) ?? defaultServiceProperties
  }

  /** Resolves when it is durable. */
  async set(account: string, service: ServiceName, properties: ServiceProperties): Promise<void> {
    await this.#database.write(async (transaction) => {
      await transaction.run(
        `INSERT INTO storage_service_properties (account, service, properties) VALUES (?, ?, ?)
         ON CONFLICT (account, service) DO UPDATE SET properties = excluded.properties`,
        account,
        service,
        JSON.stringify(properties),
      )
      transaction.afterCommit(() => this.#known.set(keyOf(account, service), properties))
    })
  }

  /** Forgets those of an account, in the transaction that removes it. */
  async remove(transaction: Parameters<Parameters<Database['write']>[0]>[0], account: string): Promise<void> {
    await transaction.run('DELETE FROM storage_service_properties WHERE account = ?', account)
    transaction.afterCommit(() => {
      for (const service of ['blob', 'queue', 'table']) this.#known.delete(keyOf(account, service))
    })
  }
}

function keyOf(account: string, service: string): string {
  return `${account}/${service}`
}
