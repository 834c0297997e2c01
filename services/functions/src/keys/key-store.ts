/** An app's access keys: kept sealed in the database, held in memory for the hot path. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Database, Engine } from '@aloft/engine'
import { type Clock, ensureError, type Logger, UserError } from '@aloft/kernel'
import type { KeyLevel, KeyRing } from '../contracts.ts'
import { type Cipher, keyFileName, openCipher } from './cipher.ts'
import { generateKey } from './generate-key.ts'
import { addKey, keysTopic, migration, readKeys, removeKey, replaceKey } from './key-rows.ts'
import { defaultKeyName, type KeyScope, levelOfKind, masterKeyName, scopeId } from './key-scope.ts'

export interface AccessKey {
  readonly name: string
  readonly value: string
}

/** A key as it was stored, and whether that made it or changed it. */
export interface StoredKey extends AccessKey {
  readonly outcome: 'created' | 'updated'
}

export interface KeyStoreOptions {
  readonly engine: Pick<Engine, 'database'>
  /** Folder of the encryption key. */
  readonly dataDirectory: string
  /** Apps on one database keep their keys apart by it. */
  readonly hostId: string
  readonly clock: Clock
  readonly log: Logger
}

interface HeldKey extends AccessKey {
  readonly digest: Uint8Array
}

/** Opens the keys of an app. The first time, it makes the master key and the host's `default` key. */
export async function openKeyRing(options: KeyStoreOptions): Promise<KeyStore> {
  const { database } = options.engine
  await database.migrate(migration)
  const store = new KeyStore(options, await openCipher(options.dataDirectory))
  await store.ensure({ kind: 'master' }, masterKeyName)
  await store.ensure({ kind: 'host' }, defaultKeyName)
  return store
}

export class KeyStore implements KeyRing {
  readonly #database: Database
  readonly #hostId: string
  readonly #clock: Clock
  readonly #cipher: Cipher
  readonly #stopListening: () => void
  /** By scope; replaced as a whole. */
  #keys: ReadonlyMap<string, readonly HeldKey[]> = new Map()
  #loading: Promise<void> = Promise.resolve()

  constructor({ engine, hostId, clock, log }: KeyStoreOptions, cipher: Cipher) {
    this.#database = engine.database
    this.#hostId = hostId
    this.#clock = clock
    this.#cipher = cipher
    // Other hosts change keys too.
    this.#stopListening = this.#database.listen(keysTopic(hostId), () => {
      this.#reload().catch((error: unknown) =>
        log.error('Changed access keys could not be read; the old ones stay in force', ensureError(error)),
      )
    })
  }

  levelOf(key: string, functionName: string | undefined): KeyLevel | undefined {
    const digest = digestOf(key)
    let level: KeyLevel | undefined
    // Every key is compared, found or not, so that time tells nothing; the last match is the highest level.
    for (const kind of ['system', 'function', 'host', 'master'] as const) {
      if (kind === 'function' && functionName === undefined) continue
      const scope: KeyScope = kind === 'function' ? { kind, name: functionName ?? '' } : { kind }
      for (const held of this.#held(scope)) {
        if (timingSafeEqual(held.digest, digest)) level = levelOfKind[kind]
      }
    }
    return level
  }

  isSystemKey(key: string, name: string): boolean {
    const digest = digestOf(key)
    const held = this.#held({ kind: 'system' }).find((candidate) => isSameName(candidate.name, name))
    return held !== undefined && timingSafeEqual(held.digest, digest)
  }

  /** In order of name. */
  list(scope: KeyScope): readonly AccessKey[] {
    return this.#held(scope).map(({ name, value }) => ({ name, value }))
  }

  find(scope: KeyScope, name: string): AccessKey | undefined {
    return this.list(scope).find((key) => isSameName(key.name, name))
  }

  /** The owner's key. */
  get masterKey(): string {
    return this.find({ kind: 'master' }, masterKeyName)?.value ?? ''
  }

  /** Adds a key, or gives the one of that name a new value. @param value default: a generated one */
  async put(scope: KeyScope, name: string, value = generateKey(kindOf(scope))): Promise<StoredKey> {
    const row = this.#row(scope, name, value)
    const outcome = await this.#database.write(async (transaction) => {
      if (await replaceKey(transaction, this.#hostId, row, this.#clock.now())) return 'updated'
      await addKey(transaction, this.#hostId, row, this.#clock.now())
      return 'created'
    })
    await this.#reload()
    return { name, value, outcome }
  }

  /** The key of that name, generated if there is none. */
  async ensure(scope: KeyScope, name: string): Promise<AccessKey> {
    await this.#reload()
    const present = this.find(scope, name)
    if (present) return present
    const row = this.#row(scope, name, generateKey(kindOf(scope)))
    await this.#database.write((transaction) => addKey(transaction, this.#hostId, row, this.#clock.now()))
    await this.#reload()
    // Another host may have been faster: what is stored counts.
    return this.find(scope, name)!
  }

  /** Answers whether there was one. */
  async remove(scope: KeyScope, name: string): Promise<boolean> {
    const isRemoved = await this.#database.write((transaction) =>
      removeKey(transaction, this.#hostId, scopeId(scope), name),
    )
    await this.#reload()
    return isRemoved
  }

  /** Stops following changes that other hosts make. */
  close(): void {
    this.#stopListening()
  }

  #held(scope: KeyScope): readonly HeldKey[] {
    return this.#keys.get(scopeId(scope)) ?? []
  }

  #row(scope: KeyScope, name: string, value: string) {
    const id = scopeId(scope)
    return { scope: id, name, sealed_value: this.#cipher.encrypt(value, this.#context(id, name)) }
  }

  /** Binds a sealed value to its place: moved to another row it does not open. */
  #context(scope: string, name: string): string {
    return `${this.#hostId}\n${scope}\n${name.toLowerCase()}`
  }

  /** One at a time, so that an older snapshot never replaces a newer one. */
  #reload(): Promise<void> {
    this.#loading = this.#loading.then(
      () => this.#load(),
      () => this.#load(),
    )
    return this.#loading
  }

  async #load(): Promise<void> {
    const rows = await this.#database.read((snapshot) => readKeys(snapshot, this.#hostId))
    const keys = new Map<string, HeldKey[]>()
    for (const row of rows) {
      const value = this.#open(row.sealed_value, this.#context(row.scope, row.name))
      const list = keys.get(row.scope) ?? []
      list.push({ name: row.name, value, digest: digestOf(value) })
      keys.set(row.scope, list)
    }
    this.#keys = keys
  }

  #open(sealed: string, context: string): string {
    try {
      return this.#cipher.decrypt(sealed, context)
    } catch (cause) {
      throw new UserError('The access keys in the database were encrypted under another key.', {
        cause,
        hint: `Restore '${keyFileName}' in the data folder; hosts that share a database need the same file.`,
      })
    }
  }
}

function kindOf(scope: KeyScope): 'master' | 'system' | 'function' {
  return scope.kind === 'host' ? 'function' : scope.kind
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

/** Digests are equally long, whatever a caller sends. */
function digestOf(key: string): Uint8Array {
  return hash('sha256', key, 'buffer')
}
