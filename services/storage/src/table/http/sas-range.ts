/** The keys that a shared access signature may touch (`spk`, `srk`, `epk`, `erk`), and the letters that it has. */
import { followsAzurite } from '../../accounts/azurite-leniency.ts'
import type { Identity, StorageRequest } from '../../contracts.ts'
import { generalErrors } from '../../protocol/general-errors.ts'
import type { EntityKey } from '../edm/keys.ts'
import type { EntityChange } from '../store/changes.ts'
import type { EntityQuery } from '../store/query.ts'

/** The limits of a query. */
export type KeyLimits = Pick<EntityQuery, 'from' | 'until'>

/** Undefined members = no limit. Order is by partition key, then row key. */
export function keyLimitsOf(identity: Identity): KeyLimits {
  if (identity.kind !== 'sas') return unlimited
  const { spk, srk, epk, erk } = identity.sas.parameters
  if (spk === undefined && epk === undefined) return unlimited
  return {
    from: spk === undefined ? undefined : { partitionKey: spk, rowKey: srk ?? '' },
    until: epk === undefined ? undefined : { partitionKey: epk, rowKey: erk },
  }
}

const unlimited: KeyLimits = { from: undefined, until: undefined }

export function isWithin({ partitionKey, rowKey }: EntityKey, { from, until }: KeyLimits): boolean {
  if (
    from &&
    (partitionKey < from.partitionKey || (partitionKey === from.partitionKey && rowKey < from.rowKey))
  )
    return false
  if (!until || partitionKey < until.partitionKey) return true
  return partitionKey === until.partitionKey && (until.rowKey === undefined || rowKey <= until.rowKey)
}

/** The later of two beginnings. */
export function laterKey(one: EntityKey | undefined, other: EntityKey | undefined): EntityKey | undefined {
  if (!one || !other) return one ?? other
  return isWithin(one, { from: other, until: undefined }) ? one : other
}

/**
 * Checks that the signature of one table is used for that table: the path of a batch names none.
 * @throws StorageError AuthorizationFailure
 */
export function checkTable(identity: Identity, table: string): void {
  if (identity.kind !== 'sas' || identity.sas.kind === 'account') return
  if (identity.sas.parameters.tn?.toLowerCase() !== table.toLowerCase())
    throw generalErrors.AuthorizationFailure()
}

/**
 * Whether a change is allowed to a signature; others may do everything.
 * @throws StorageError AuthorizationPermissionMismatch, AuthorizationFailure
 */
export function checkChange(
  { account, identity }: Pick<StorageRequest, 'account' | 'identity'>,
  change: EntityChange,
): void {
  if (identity.kind !== 'sas') return
  for (const letter of lettersOf(change, account))
    if (!identity.sas.permissions.includes(letter)) throw generalErrors.AuthorizationPermissionMismatch()
  if (!isWithin(change, keyLimitsOf(identity))) throw generalErrors.AuthorizationFailure()
}

/** The permissions that a change needs, all of them. */
function lettersOf(change: EntityChange, account: StorageRequest['account']): string {
  switch (change.kind) {
    case 'insert':
      return 'a'
    case 'delete':
      return 'd'
    default:
      return change.ifMatch === undefined && !followsAzurite(account) ? 'au' : 'u'
  }
}
