/**
 * Leases of blobs and containers: available, leased, expired, breaking, broken. States follow from the times, so
 * that nothing has to happen when one ends.
 * https://learn.microsoft.com/rest/api/storageservices/lease-blob#outcomes-of-use-attempts-on-blobs-by-lease-state
 */
import { newId } from '@aloft/kernel'
import { refuse } from '../errors.ts'

/** A lease that somebody has or had; absent: available. */
export interface Lease {
  /** Lower-case UUID; where Azurite is followed also a name. */
  readonly id: string
  /** Seconds; -1 = for ever. */
  readonly duration: number
  /** Milliseconds since 1970; of no meaning when it is for ever. */
  readonly expiresAt: number
  /** Set once broken: until then it is breaking. */
  readonly breaksAt?: number
}

export type LeaseState = 'available' | 'leased' | 'expired' | 'breaking' | 'broken'
export type Leased = 'Blob' | 'Container'

export function leaseState(lease: Lease | undefined, now: number): LeaseState {
  if (!lease) return 'available'
  if (lease.breaksAt !== undefined) return now < lease.breaksAt ? 'breaking' : 'broken'
  return lease.duration === -1 || now < lease.expiresAt ? 'leased' : 'expired'
}

export function isLocked(lease: Lease | undefined, now: number): boolean {
  const state = leaseState(lease, now)
  return state === 'leased' || state === 'breaking'
}

/** @throws StorageError LeaseAlreadyPresent, LeaseIsBreakingAndCannotBeAcquired */
export function acquireLease(
  lease: Lease | undefined,
  proposedId: string | undefined,
  duration: number,
  now: number,
): Lease {
  const state = leaseState(lease, now)
  const isOwn = lease !== undefined && lease.id === proposedId
  if (state === 'breaking') throw refuse(isOwn ? 'LeaseIsBreakingAndCannotBeAcquired' : 'LeaseAlreadyPresent')
  if (state === 'leased' && !isOwn) throw refuse('LeaseAlreadyPresent')
  return lasting(proposedId ?? newId(), duration, now)
}

/** @throws StorageError LeaseIdMismatchWithLeaseOperation, LeaseIsBrokenAndCannotBeRenewed */
export function renewLease(lease: Lease | undefined, id: string, now: number): Lease {
  if (lease?.id !== id) throw refuse('LeaseIdMismatchWithLeaseOperation')
  if (lease.breaksAt !== undefined) throw refuse('LeaseIsBrokenAndCannotBeRenewed')
  return lasting(id, lease.duration, now)
}

/** @throws StorageError LeaseNotPresentWithLeaseOperation, LeaseIdMismatchWithLeaseOperation, LeaseIsBreakingAndCannotBeChanged */
export function changeLease(lease: Lease | undefined, id: string, proposedId: string, now: number): Lease {
  if (!lease || !isLocked(lease, now)) throw refuse('LeaseNotPresentWithLeaseOperation')
  const isBreaking = lease.breaksAt !== undefined
  // Asked again, after an answer that got lost: the change has been made already.
  if (lease.id !== id && (isBreaking || lease.id !== proposedId))
    throw refuse('LeaseIdMismatchWithLeaseOperation')
  if (isBreaking) throw refuse('LeaseIsBreakingAndCannotBeChanged')
  return { ...lease, id: proposedId }
}

/** Leaves it available. @throws StorageError LeaseIdMismatchWithLeaseOperation */
export function releaseLease(lease: Lease | undefined, id: string): undefined {
  if (lease?.id !== id) throw refuse('LeaseIdMismatchWithLeaseOperation')
}

/**
 * @param period seconds until it is broken; undefined: when it expires, at once if it never does
 * @throws StorageError LeaseNotPresentWithLeaseOperation
 */
export function breakLease(lease: Lease | undefined, period: number | undefined, now: number): Lease {
  if (!lease) throw refuse('LeaseNotPresentWithLeaseOperation')
  const state = leaseState(lease, now)
  if (state === 'broken') return lease
  if (state === 'expired') return { ...lease, breaksAt: now }
  const end =
    state === 'breaking' ? (lease.breaksAt ?? now) : lease.duration === -1 ? undefined : lease.expiresAt
  const asked = period === undefined ? undefined : now + period * 1000
  return { ...lease, breaksAt: Math.min(end ?? asked ?? now, asked ?? end ?? now) }
}

/** Seconds until a broken lease lets go. */
export function breakSeconds(lease: Lease, now: number): number {
  return Math.max(0, Math.round(((lease.breaksAt ?? now) - now) / 1000))
}

/** Whether somebody with `id` may write. @throws StorageError LeaseIdMissing and the like */
export function checkLeaseOnWrite(
  lease: Lease | undefined,
  id: string | undefined,
  now: number,
  leased: Leased,
): void {
  if (!lease && id === undefined) return
  if (id === undefined && isLocked(lease, now)) throw refuse('LeaseIdMissing')
  checkLeaseOnRead(lease, id, now, leased)
}

/** Reading needs no lease; an id that is given must be right. */
export function checkLeaseOnRead(
  lease: Lease | undefined,
  id: string | undefined,
  now: number,
  leased: Leased,
): void {
  if (id === undefined) return
  if (!isLocked(lease, now))
    throw refuse(lease?.id === id ? 'LeaseLost' : `LeaseNotPresentWith${leased}Operation`)
  if (lease?.id !== id) throw refuse(`LeaseIdMismatchWith${leased}Operation`)
}

/** A write lets go of a lease that is over, so that it cannot be renewed any more. */
export function leaseAfterWrite(lease: Lease | undefined, now: number): Lease | undefined {
  return isLocked(lease, now) ? lease : undefined
}

/** A UUID in any of its notations, in lower case with hyphens; undefined when it is none. */
export function parseLeaseId(text: string): string | undefined {
  const digits = text
    .replace(/^[{(]|[)}]$/g, '')
    .replaceAll('-', '')
    .toLowerCase()
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** As Azurite takes them: a UUID, or a plain name as it is; undefined for what is neither. */
export function parseLenientLeaseId(text: string): string | undefined {
  return parseLeaseId(text) ?? (/^[\w.-]{1,64}$/.test(text) ? text : undefined)
}

function lasting(id: string, duration: number, now: number): Lease {
  return { id, duration, expiresAt: duration === -1 ? 0 : now + duration * 1000 }
}
