/**
 * Storage whose ports are open at once, and which is loaded with the first request or the first app that has its
 * triggers: most apps start sooner without.
 */
import { ensureError, type FunctionsExtension } from '@aloft/kernel'
import { connectionStringOf, developmentAccountKey, developmentAccountName } from './accounts/account-name.ts'
import type { StorageFront } from './storage-front.ts'
import {
  type Answerer,
  type ListenOptions,
  type OpenPorts,
  openPorts,
  type PortName,
  type StoragePorts,
} from './storage-ports.ts'
import type { StorageOptions, StorageService } from './storage-service.ts'

export { parseAzuriteAccounts } from './accounts/environment-accounts.ts'
export { isStorageAudience } from './protocol/auth/audience.ts'
export type { TokenPolicy, TrustedIssuer } from './protocol/auth/tokens.ts'
export { defaultPorts, type StoragePorts } from './storage-ports.ts'
export type { StorageService } from './storage-service.ts'

/** What an earlier run left unfinished (copies, emptied containers) is taken up after this time at the latest. */
const loadAfterMs = 5000

/** @throws UserError when a port cannot be had, or for accounts that cannot be */
export async function openStorageOnDemand(options: StorageOptions & ListenOptions): Promise<StorageOnDemand> {
  const storage = new StorageOnDemand(options)
  await storage.listen()
  return storage
}

export class StorageOnDemand {
  readonly #options: StorageOptions & ListenOptions
  readonly #timer: { cancel(): void }
  /** Resolves when somebody else has needed the service, or `loadAfterMs` is over. */
  readonly inUse: Promise<void>
  #announceUse: () => void
  #open: OpenPorts | undefined
  #service: Promise<StorageService> | undefined

  constructor(options: StorageOptions & ListenOptions) {
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<void>()
    this.inUse = promise
    this.#announceUse = resolve
    this.#timer = options.clock.after(loadAfterMs, () => void this.service().catch(() => {})).unref()
  }

  /** See `openStorageOnDemand`. */
  async listen(): Promise<void> {
    const { clock, log, tls, host, ports, websitePort } = this.#options
    const answerer = (name: PortName) => this.#answerer(name)
    this.#open = await openPorts({ clock, log, tls, host, ports, websitePort, answerer })
  }

  get ports(): StoragePorts {
    return this.#open?.ports ?? this.#options.ports
  }

  /** Undefined = there is none. */
  get websitePort(): number | undefined {
    return this.#open?.websitePort ?? this.#options.websitePort
  }

  /** What SDKs take for the development account. */
  get developmentConnectionString(): string {
    const { name, keys } = this.#options.accounts?.find((each) => each.name === developmentAccountName) ?? {
      name: developmentAccountName,
      keys: [developmentAccountKey] as const,
    }
    const at = (port: number) => `http://127.0.0.1:${port}/${name}`
    const { blob, queue, table } = this.ports
    return connectionStringOf(name, keys[0], { blob: at(blob), queue: at(queue), table: at(table) })
  }

  service(): Promise<StorageService> {
    this.#service ??= this.#load()
    this.#announceUse()
    return this.#service
  }

  async close(): Promise<void> {
    this.#timer.cancel()
    await this.#open?.close()
    const service = await this.#service?.catch(() => undefined)
    await service?.close()
  }

  async #load(): Promise<StorageService> {
    const { openStorage } = await import('./storage-service.ts')
    return openStorage({ ...this.#options, ports: this.ports })
  }

  #answerer(name: PortName): Answerer {
    let front: StorageFront | undefined
    const load = async () => {
      front ??= (await this.service()).front(name)
      return front
    }
    return {
      direct: (exchange) => front?.direct(exchange) ?? false,
      handler: (request, response) => {
        if (front) return front.handler(request, response)
        load().then(
          (loaded) => loaded.handler(request, response),
          (error: unknown) => {
            this.#options.log.error('Storage cannot be opened', ensureError(error))
            response.writeHead(500).end()
          },
        )
      },
    }
  }
}

const types = ['blobtrigger', 'queuetrigger', 'blob', 'queue', 'table']

/**
 * The triggers and bindings of storage.
 * @param storage undefined when this process has none: development storage is then another emulator's
 */
export function storageFunctionsOnDemand(
  storage: StorageOnDemand | undefined,
  clock: StorageOptions['clock'],
): FunctionsExtension {
  let loading: Promise<FunctionsExtension> | undefined
  const load = async () => {
    const [{ storageFunctions }, service] = await Promise.all([
      import('./functions/index.ts'),
      storage?.service(),
    ])
    return storageFunctions({ storage: service, clock })
  }
  const loaded = () => {
    loading ??= load()
    return loading
  }
  return {
    later: { types, load: loaded },
    webhooks: [
      {
        names: ['blobs'],
        async handle(call, app) {
          const { webhooks } = await loaded()
          await webhooks?.[0]?.handle(call, app)
        },
      },
    ],
    ...(storage && {
      hostFiles: {
        async write(...file) {
          // No reason to load everything while the app starts.
          await storage.inUse
          const { hostFiles } = await loaded()
          await hostFiles?.write(...file)
        },
      },
    }),
  }
}
