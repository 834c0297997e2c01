/** Azure Storage: its accounts, its three services, and their addresses. */
import type { TlsOptions } from 'node:tls'
import type { Engine } from '@aloft/engine'
import { type Clock, ensureError, type Logger, Scope } from '@aloft/kernel'
import { connectionStringOf, developmentAccountName, type Endpoints } from './accounts/account-name.ts'
import { Accounts } from './accounts/accounts.ts'
import { accountsMigration } from './accounts/schema.ts'
import { ServicePropertiesStore } from './accounts/service-properties-store.ts'
import { type BlobServiceOptions, blobService } from './blob/index.ts'
import type { ServiceContext, ServiceName, ServiceRoom, StorageAccount, StorageEvents } from './contracts.ts'
import { type TokenPolicy, TokenVerifier } from './protocol/auth/tokens.ts'
import { sharedOperations } from './protocol/service-operations.ts'
import { queueService } from './queue/index.ts'
import { StorageFront } from './storage-front.ts'
import {
  defaultPorts,
  type ListenOptions,
  openPorts,
  type PortName,
  type StoragePorts,
} from './storage-ports.ts'
import { tableService } from './table/index.ts'

export interface StorageOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  /** Makes the ports speak TLS besides plain HTTP. */
  readonly tls?: (() => Promise<TlsOptions>) | undefined
  readonly events?: StorageEvents | undefined
  /** What Azure sets on the account rather than on the service. */
  readonly blobs?: Omit<BlobServiceOptions, 'endpoint'> | undefined
  /** Accounts that are not stored, besides the development account; see `parseAzuriteAccounts`. */
  readonly accounts?: readonly StorageAccount[]
  /** @default tokens of nobody */
  readonly tokens?: TokenPolicy
  /** How far a signed request's date may be from now; Infinity = it is not looked at. @default Azure's 15 minutes */
  readonly maxDateSkewMs?: number
  /** Where clients are sent for a token. */
  readonly authorizationUri?: string
  /** Where somebody else listens for it (see on-demand.ts), instead of `listen`. */
  readonly ports?: StoragePorts
}

const defaultMaxDateSkewMs = 15 * 60_000
/** For what time makes of blobs: expired blocks, soft-deleted blobs. */
const maintenancePeriodMs = 3_600_000

type Room<Service extends (context: ServiceContext) => unknown> = Awaited<ReturnType<Service>>
type StoreOf<Service extends (context: ServiceContext) => unknown> =
  Room<Service> extends ServiceRoom<infer Store> ? Store : never

interface Rooms {
  readonly blob: Room<typeof blobService>
  readonly queue: Room<typeof queueService>
  readonly table: Room<typeof tableService>
}

/** `await openStorage(options)`, then `listen`. Usable in process without listening. */
export class StorageService {
  readonly accounts: Accounts
  readonly blobs: StoreOf<typeof blobService>
  readonly queues: StoreOf<typeof queueService>
  readonly tables: StoreOf<typeof tableService>
  readonly #options: StorageOptions
  readonly #properties: ServicePropertiesStore
  readonly #rooms: Rooms
  readonly #scope = new Scope()
  #ports: StoragePorts | undefined
  #websitePort: number | undefined
  #maintaining: Promise<void> = Promise.resolve()

  constructor(options: StorageOptions, accounts: Accounts, properties: ServicePropertiesStore, rooms: Rooms) {
    this.#options = options
    this.#properties = properties
    this.#ports = options.ports
    this.#rooms = rooms
    this.accounts = accounts
    this.blobs = rooms.blob.store
    this.queues = rooms.queue.store
    this.tables = rooms.table.store
    for (const room of Object.values<ServiceRoom<unknown>>({ ...rooms }))
      this.#scope.defer(() => room.close?.())
    const { clock } = options
    this.#scope.own(clock.every(maintenancePeriodMs, () => this.#maintain()).unref(), (timer) =>
      timer.cancel(),
    )
    this.#scope.defer(() => this.#maintaining)
  }

  /** The ports, once `listen` has resolved. */
  get ports(): StoragePorts | undefined {
    return this.#ports
  }

  /** Undefined = there is none. */
  get websitePort(): number | undefined {
    return this.#websitePort
  }

  /**
   * Opens the ports, or none of them.
   * @throws UserError when one cannot be had
   */
  async listen(options: ListenOptions): Promise<StoragePorts> {
    const { clock, log, tls } = this.#options
    const answerer = (name: PortName) => this.front(name)
    const open = await openPorts({ clock, log, tls, ...options, answerer })
    this.#scope.own(open, (each) => each.close())
    this.#ports = open.ports
    this.#websitePort = open.websitePort
    return open.ports
  }

  /** @param host as clients reach it */
  endpoints(account: string, host = '127.0.0.1'): Endpoints {
    const ports = this.#ports ?? defaultPorts
    const at = (port: number) => `http://${host}:${port}/${account}`
    return { blob: at(ports.blob), queue: at(ports.queue), table: at(ports.table) }
  }

  /** What SDKs take; undefined when there is no such account. */
  connectionString(account: string, host?: string): string | undefined {
    const found = this.accounts.find(account)
    return found && connectionStringOf(found.name, found.keys[0], this.endpoints(account, host))
  }

  /** Deletes an account with all that it holds. @throws UserError when there is none, or it is not the user's */
  async removeAccount(account: string): Promise<void> {
    await this.accounts.remove(account, (transaction) => this.#properties.remove(transaction, account))
    for (const room of Object.values<ServiceRoom<unknown>>({ ...this.#rooms }))
      await room.removeAccount?.(account)
  }

  /** Lets requests in hand end; the engine stays open. */
  close(): Promise<void> {
    return this.#scope.close()
  }

  #maintain(): void {
    this.#maintaining = this.#rooms.blob.maintain().then(
      () => {},
      (error: unknown) => this.#options.log.error('Old blobs could not be cleared away', ensureError(error)),
    )
  }

  /** What answers the requests that come to a port. */
  front(name: PortName): StorageFront {
    const { clock, log, tokens, maxDateSkewMs, authorizationUri } = this.#options
    const { protocol } = this.#rooms[name === 'website' ? 'blob' : name]
    return new StorageFront({
      protocol,
      accounts: this.accounts,
      properties: this.#properties,
      shared: sharedOperations(this.#properties, this.accounts, protocol),
      ...(name === 'website' && { websiteOf: developmentAccountName }),
      authentication: {
        tokens: new TokenVerifier(tokens ?? { level: 'verify' }, clock),
        maxDateSkewMs: maxDateSkewMs ?? defaultMaxDateSkewMs,
        authorizationUri: authorizationUri ?? 'https://login.microsoftonline.com/common/oauth2/authorize',
      },
      clock,
      log,
    })
  }
}

/** Opens the services in the engine. @throws UserError for accounts that cannot be */
export async function openStorage(options: StorageOptions): Promise<StorageService> {
  const { engine, clock, log, events } = options
  await engine.database.migrate(accountsMigration)
  const [accounts, properties] = await Promise.all([
    Accounts.open(engine.database, clock, options.accounts),
    ServicePropertiesStore.open(engine.database),
  ])
  const contextOf = (service: ServiceName): ServiceContext => ({
    engine,
    clock,
    log,
    events,
    properties: (account) => properties.of(account, service),
  })
  const endpoint = (account: string) => service.endpoints(account).blob
  const [blob, queue, table] = await Promise.all([
    blobService(contextOf('blob'), { ...options.blobs, endpoint }),
    queueService(contextOf('queue')),
    tableService(contextOf('table')),
  ])
  const service = new StorageService(options, accounts, properties, { blob, queue, table })
  return service
}
