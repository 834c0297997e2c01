/** Containers. */
import type { ReadTransaction, Transaction } from '@aloft/engine'
import type { AccessPolicy } from '../../contracts.ts'
import { checkRead, checkWrite } from '../../protocol/conditions.ts'
import { blobErrors } from '../errors.ts'
import type { ContainerEncryption } from '../model/encryption.ts'
import { leaseOf, type Metadata, toText } from '../model/item.ts'
import { checkLeaseOnRead, checkLeaseOnWrite } from '../model/lease.ts'
import { checkContainerName, prefixEnd } from '../model/names.ts'
import { targetOf } from './access.ts'
import type { LeaseChange, LeaseResult } from './blob-leases.ts'
import type { AccessOptions, BlobContext } from './context.ts'

export type PublicAccess = 'none' | 'blob' | 'container'

/** A row of `storage_blob_container`. */
export interface Container {
  readonly id: number
  readonly account: string
  readonly name: string
  readonly gone: number
  readonly etag: number
  readonly deleted_at: number
  readonly access: PublicAccess
  /** JSON or ''. */
  readonly metadata: string
  readonly policies: string
  readonly lease: string
  /** `ContainerEncryption` as JSON, or ''. */
  readonly encryption: string
}

/** What a new container is given. */
export interface NewContainer {
  readonly metadata?: Metadata | undefined
  readonly access?: PublicAccess | undefined
  readonly encryption?: ContainerEncryption | undefined
}

export interface ContainerAddress {
  readonly account: string
  readonly container: string
}

const selectContainer = 'SELECT * FROM storage_blob_container WHERE account = ? AND name = ? AND gone = 0'

export function findContainer(
  snapshot: ReadTransaction,
  { account, container }: ContainerAddress,
): Promise<Container | undefined> {
  return snapshot.get<Container>(selectContainer, account, container)
}

/** @throws StorageError InvalidResourceName, OutOfRangeInput, ContainerAlreadyExists */
export async function createContainer(
  context: BlobContext,
  { account, container }: ContainerAddress,
  options: NewContainer,
): Promise<{ readonly etag: number }> {
  checkContainerName(container)
  const etag = context.ticks.next()
  const { changes } = await context.engine.database.write((transaction) =>
    transaction.run(
      `INSERT INTO storage_blob_container
        (account, name, gone, etag, deleted_at, access, metadata, policies, lease, encryption)
        VALUES (?, ?, 0, ?, 0, ?, ?, '', '', ?) ON CONFLICT (account, name, gone) DO NOTHING`,
      account,
      container,
      etag,
      options.access ?? 'none',
      toText(options.metadata),
      toText(options.encryption),
    ),
  )
  if (changes === 0) throw blobErrors.ContainerAlreadyExists()
  return { etag }
}

/** @throws StorageError ContainerNotFound, ConditionNotMet, LeaseIdMismatchWithContainerOperation … */
export function getContainer(
  context: BlobContext,
  address: ContainerAddress,
  options: AccessOptions,
): Promise<Container> {
  return context.engine.database.read(async (snapshot) => {
    const found = await findContainer(snapshot, address)
    checkRead(options.conditions, found && targetOf(found))
    if (!found) throw blobErrors.ContainerNotFound()
    checkLeaseOnRead(leaseOf(found), options.leaseId, context.clock.now(), 'Container')
    return found
  })
}

export function setContainerMetadata(
  context: BlobContext,
  address: ContainerAddress,
  metadata: Metadata,
  options: AccessOptions,
): Promise<Container> {
  return changed(context, address, options, () => ({ metadata: toText(metadata) }))
}

export function setContainerAccess(
  context: BlobContext,
  address: ContainerAddress,
  access: PublicAccess,
  policies: readonly AccessPolicy[],
  options: AccessOptions,
): Promise<Container> {
  return changed(context, address, options, () => ({ access, policies: toText(policies) }))
}

export function policiesOf(container: Container): readonly AccessPolicy[] {
  return container.policies === '' ? [] : (JSON.parse(container.policies) as AccessPolicy[])
}

function changed(
  context: BlobContext,
  address: ContainerAddress,
  options: AccessOptions,
  change: (before: Container) => Partial<Container>,
): Promise<Container> {
  return context.engine.database.write(async (transaction) => {
    const before = await openContainer(transaction, address, options)
    checkLeaseOnRead(leaseOf(before), options.leaseId, context.clock.now(), 'Container')
    const after = { ...before, ...change(before), etag: context.ticks.next(before.etag) }
    await transaction.run(
      'UPDATE storage_blob_container SET etag = ?, access = ?, metadata = ?, policies = ? WHERE id = ?',
      after.etag,
      after.access,
      after.metadata,
      after.policies,
      after.id,
    )
    return after
  })
}

async function openContainer(
  transaction: Transaction,
  address: ContainerAddress,
  options: Pick<AccessOptions, 'conditions'>,
): Promise<Container> {
  const found = await findContainer(transaction, address)
  checkWrite(options.conditions, found && targetOf(found))
  if (!found) throw blobErrors.ContainerNotFound()
  return found
}

/** @throws StorageError ContainerNotFound, ConditionNotMet and what the rule throws */
export function leaseContainer(
  context: BlobContext,
  address: ContainerAddress,
  change: LeaseChange,
  options: Pick<AccessOptions, 'conditions'>,
): Promise<LeaseResult> {
  return context.engine.database.write(async (transaction) => {
    const { id, etag, ...found } = await openContainer(transaction, address, options)
    const now = context.clock.now()
    const lease = change(leaseOf(found), now)
    await transaction.run('UPDATE storage_blob_container SET lease = ? WHERE id = ?', toText(lease), id)
    return { etag, lease, now }
  })
}

/**
 * The name is free at once; the blobs go afterwards, or stay for a while to be brought back.
 * @throws StorageError ContainerNotFound, ConditionNotMet, LeaseIdMissing …
 */
export function deleteContainer(
  context: BlobContext,
  address: ContainerAddress,
  options: AccessOptions,
): Promise<void> {
  return context.engine.database.write(async (transaction) => {
    const { id, ...found } = await openContainer(transaction, address, options)
    const now = context.clock.now()
    checkLeaseOnWrite(leaseOf(found), options.leaseId, now, 'Container')
    const isKept = context.settings(address.account).containerSoftDeleteDays !== undefined
    await transaction.run(
      "UPDATE storage_blob_container SET gone = id, deleted_at = ?, lease = '' WHERE id = ?",
      isKept ? now : 0,
      id,
    )
    if (!isKept) transaction.afterCommit(() => context.containerGone())
  })
}

/** What names a deleted container besides its name. */
export function containerVersion(id: number): string {
  return `01${id.toString(16).toUpperCase().padStart(14, '0')}`
}

/**
 * Brings back a soft-deleted container.
 * @param version as `containerVersion` gave it
 * @throws StorageError ContainerNotFound, ContainerAlreadyExists
 */
export function restoreContainer(
  context: BlobContext,
  account: string,
  name: string,
  version: string,
): Promise<void> {
  return context.engine.database.write(async (transaction) => {
    const deleted = await transaction.all<Container>(
      'SELECT * FROM storage_blob_container WHERE account = ? AND name = ? AND gone > 0 AND deleted_at > 0',
      account,
      name,
    )
    const found = deleted.find(({ id }) => containerVersion(id) === version)
    if (!found) throw blobErrors.ContainerNotFound()
    if (await findContainer(transaction, { account, container: name }))
      throw blobErrors.ContainerAlreadyExists()
    await transaction.run(
      'UPDATE storage_blob_container SET gone = 0, deleted_at = 0, etag = ? WHERE id = ?',
      context.ticks.next(found.etag),
      found.id,
    )
  })
}

export interface ContainerPage {
  readonly containers: readonly Container[]
  /** What it ended with, if there is more. */
  readonly next: Container | undefined
}

const selectPage = `SELECT * FROM storage_blob_container
  WHERE account = ?1 AND (name, gone) > (?2, ?3) AND name < ?4 AND (gone = 0 OR (?5 AND deleted_at > 0))
  ORDER BY name, gone LIMIT ?6`

/** Behind every name. */
const lastName = '\u{10ffff}'

/** Containers in order of their names. @param after name and number that a page before ended with */
export async function listContainers(
  context: BlobContext,
  account: string,
  prefix: string,
  after: Pick<Container, 'name' | 'gone'> | undefined,
  limit: number,
  include: 'deleted' | 'present',
): Promise<ContainerPage> {
  const { name, gone } = after && after.name >= prefix ? after : { name: prefix, gone: -1 }
  const end = prefixEnd(prefix) ?? lastName
  const withDeleted = include === 'deleted' ? 1 : 0
  const rows = await context.engine.database.read((snapshot) =>
    snapshot.all<Container>(selectPage, account, name, gone, end, withDeleted, limit + 1),
  )
  const containers = rows.slice(0, limit)
  return { containers, next: rows.length > limit ? containers.at(-1) : undefined }
}
