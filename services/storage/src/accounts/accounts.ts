/** The storage accounts: the development account, those of the environment, and those that the user made. */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { Database, Transaction } from '@aloft/engine'
import { type Clock, UserError } from '@aloft/kernel'
import type { StorageAccount } from '../contracts.ts'
import {
  checkAccountKey,
  checkAccountName,
  developmentAccountKey,
  developmentAccountName,
} from './account-name.ts'

/** An account with its keys ready to sign: importing one costs more than signing. */
export interface SigningAccount extends StorageAccount {
  readonly signers: readonly [KeyObject, KeyObject]
  /** Whether the user made it and may change it. */
  readonly isStored: boolean
}

interface AccountRow {
  readonly name: string
  readonly key1: string
  readonly key2: string
}

export type KeyName = 'key1' | 'key2'

/** As long as Azure's. */
const keyBytes = 64

/** Kept in memory as a whole, so that a request finds its account at once. */
export class Accounts {
  readonly #database: Database
  readonly #clock: Clock
  readonly #known = new Map<string, SigningAccount>()

  private constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /**
   * The tables must be there.
   * @param fixed accounts that are not stored, e.g. of `AZURITE_ACCOUNTS`; one of them may be the development account
   */
  static async open(
    database: Database,
    clock: Clock,
    fixed: readonly StorageAccount[] = [],
  ): Promise<Accounts> {
    const accounts = new Accounts(database, clock)
    const rows = await database.read((snapshot) =>
      snapshot.all<AccountRow>('SELECT name, key1, key2 FROM storage_accounts'),
    )
    for (const { name, key1, key2 } of rows) accounts.#add({ name, keys: [key1, key2] }, true)
    accounts.#add(
      { name: developmentAccountName, keys: [developmentAccountKey, developmentAccountKey] },
      false,
    )
    for (const account of fixed) accounts.#add(account, false)
    return accounts
  }

  find(name: string): SigningAccount | undefined {
    return this.#known.get(name)
  }

  /** By name. */
  list(): readonly SigningAccount[] {
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * Resolves when it is durable.
   * @param keys instead of new ones
   * @throws UserError for a bad name or key, and for one that is there already
   */
  async create(name: string, keys?: StorageAccount['keys']): Promise<StorageAccount> {
    checkAccountName(name)
    for (const key of keys ?? []) checkAccountKey(name, key)
    if (this.#known.has(name)) throw new UserError(`There is a storage account ${name} already.`)
    const account: StorageAccount = { name, keys: keys ?? [newKey(), newKey()] }
    await this.#database.write(async (transaction) => {
      const { changes } = await transaction.run(
        'INSERT INTO storage_accounts (name, key1, key2, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        name,
        ...account.keys,
        this.#clock.now(),
      )
      if (changes === 0) throw new UserError(`There is a storage account ${name} already.`)
      transaction.afterCommit(() => this.#add(account, true))
    })
    return account
  }

  /**
   * Replaces one of the two keys; what was signed with it is refused from then on, user delegation keys too if it
   * is the first.
   * @throws UserError when there is no such account, or it is not the user's
   */
  async rotate(name: string, which: KeyName): Promise<StorageAccount> {
    const { keys } = this.#stored(name, 'have its keys changed')
    const account: StorageAccount = {
      name,
      keys: which === 'key1' ? [newKey(), keys[1]] : [keys[0], newKey()],
    }
    await this.#database.write(async (transaction) => {
      await transaction.run(
        'UPDATE storage_accounts SET key1 = ?, key2 = ? WHERE name = ?',
        ...account.keys,
        name,
      )
      transaction.afterCommit(() => this.#add(account, true))
    })
    return account
  }

  /**
   * Removes the account; requests for it are refused once that is durable.
   * @param also what goes with it, in the same transaction
   * @throws UserError when there is no such account, or it is not the user's
   */
  async remove(name: string, also: (transaction: Transaction) => Promise<void>): Promise<void> {
    this.#stored(name, 'be deleted')
    await this.#database.write(async (transaction) => {
      await transaction.run('DELETE FROM storage_accounts WHERE name = ?', name)
      await also(transaction)
      transaction.afterCommit(() => this.#known.delete(name))
    })
  }

  #stored(name: string, what: string): SigningAccount {
    const account = this.#known.get(name)
    if (!account)
      throw new UserError(`There is no storage account ${name}.`, {
        hint: `There are: ${this.list()
          .map((each) => each.name)
          .join(', ')}.`,
      })
    if (!account.isStored)
      throw new UserError(`Storage account ${name} cannot ${what}.`, {
        hint:
          name === developmentAccountName
            ? 'Every emulator has it with the same key.'
            : 'It comes from the environment variable AZURITE_ACCOUNTS.',
      })
    return account
  }

  #add(account: StorageAccount, isStored: boolean): void {
    this.#known.set(account.name, signingAccount(account, isStored))
  }
}

export function signingAccount({ name, keys }: StorageAccount, isStored: boolean): SigningAccount {
  return { name, keys, signers: [signerOf(keys[0]), signerOf(keys[1])], isStored }
}

function signerOf(key: string): KeyObject {
  return createSecretKey(Buffer.from(key, 'base64'))
}

function newKey(): string {
  return randomBytes(keyBytes).toString('base64')
}
