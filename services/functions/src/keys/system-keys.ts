/** The system keys of all apps, for services that write them into the addresses of their webhooks. */
import { type KeyStore, type KeyStoreOptions, openKeyRing } from './key-store.ts'

export class SystemKeys {
  readonly #options: Omit<KeyStoreOptions, 'hostId'>
  /** By host id. */
  readonly #stores = new Map<string, Promise<KeyStore>>()

  constructor(options: Omit<KeyStoreOptions, 'hostId'>) {
    this.#options = options
  }

  /** The value of the key of that name, made when there is none. */
  async find(hostId: string, name: string): Promise<string> {
    const store = await this.#open(hostId)
    const key = store.find({ kind: 'system' }, name) ?? (await store.ensure({ kind: 'system' }, name))
    return key.value
  }

  async close(): Promise<void> {
    const stores = await Promise.allSettled(this.#stores.values())
    for (const store of stores) if (store.status === 'fulfilled') store.value.close()
  }

  #open(hostId: string): Promise<KeyStore> {
    const known = this.#stores.get(hostId)
    if (known) return known
    const opening = openKeyRing({ ...this.#options, hostId })
    this.#stores.set(hostId, opening)
    opening.catch(() => this.#stores.delete(hostId))
    return opening
  }
}
