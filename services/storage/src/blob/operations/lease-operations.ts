/** Lease Blob and Lease Container. */
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { readConditions } from '../../protocol/conditions.ts'
import { generalErrors, invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import {
  acquireLease,
  breakLease,
  breakSeconds,
  changeLease,
  releaseLease,
  renewLease,
} from '../model/lease.ts'
import { type LeaseChange, type LeaseResult, leaseBlob } from '../store/blob-leases.ts'
import { leaseContainer } from '../store/containers.ts'
import type { BlobContext } from '../store/context.ts'
import { blobAddress, containerAddress } from '../wire/paths.ts'
import { countIn, leaseIdIn, numberIn, tagFilterIn } from '../wire/request-options.ts'
import { changeHeaders } from '../wire/response-headers.ts'

const minSeconds = 15
const maxSeconds = 60

export async function leaseBlobOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const { action, change } = leaseChangeIn(request)
  const address = blobAddress(request)
  if (address.snapshot !== undefined)
    throw generalErrors.InvalidQueryParameterValue({ elements: { QueryParameterName: 'snapshot' } })
  const ifTags = tagFilterIn(request, 'x-ms-if-tags')
  return answer(
    action,
    await leaseBlob(context, address, change, { conditions: readConditions(request), ifTags }),
  )
}

export async function leaseContainerOperation(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const { action, change } = leaseChangeIn(request)
  const conditions = readConditions(request)
  return answer(action, await leaseContainer(context, containerAddress(request), change, { conditions }))
}

type LeaseAction = 'acquire' | 'renew' | 'change' | 'release' | 'break'

const statuses: Record<LeaseAction, number> = {
  acquire: 201,
  renew: 200,
  change: 200,
  release: 200,
  break: 202,
}

export function leaseActionIn(request: Pick<StorageRequest, 'header'>): LeaseAction {
  const action = request.header('x-ms-lease-action')?.toLowerCase()
  if (action === undefined || action === '') throw missingHeader('x-ms-lease-action')
  if (!Object.hasOwn(statuses, action)) throw invalidHeader('x-ms-lease-action', action)
  return action as LeaseAction
}

function leaseChangeIn(request: StorageRequest): {
  readonly action: LeaseAction
  readonly change: LeaseChange
} {
  const action = leaseActionIn(request)
  return { action, change: changeOf(action, request) }
}

function changeOf(action: LeaseAction, request: StorageRequest): LeaseChange {
  switch (action) {
    case 'acquire': {
      const duration = durationIn(request)
      const proposed = leaseIdIn(request, 'x-ms-proposed-lease-id')
      return (lease, now) => acquireLease(lease, proposed, duration, now)
    }
    case 'renew': {
      const id = requiredId(request, 'x-ms-lease-id')
      return (lease, now) => renewLease(lease, id, now)
    }
    case 'change': {
      const id = requiredId(request, 'x-ms-lease-id')
      const proposed = requiredId(request, 'x-ms-proposed-lease-id')
      return (lease, now) => changeLease(lease, id, proposed, now)
    }
    case 'release': {
      const id = requiredId(request, 'x-ms-lease-id')
      return (lease) => releaseLease(lease, id)
    }
    case 'break': {
      const period = countIn(request, 'x-ms-lease-break-period')
      if (period !== undefined && period > maxSeconds)
        throw invalidHeader('x-ms-lease-break-period', String(period))
      return (lease, now) => breakLease(lease, period, now)
    }
  }
}

function durationIn(request: StorageRequest): number {
  const header = 'x-ms-lease-duration'
  const duration = numberIn(request, header)
  if (duration === undefined) throw missingHeader(header)
  if (duration !== -1 && (duration < minSeconds || duration > maxSeconds))
    throw invalidHeader(header, String(duration))
  return duration
}

function requiredId(request: StorageRequest, name: string): string {
  const id = leaseIdIn(request, name)
  if (id === undefined) throw missingHeader(name)
  return id
}

function answer(action: LeaseAction, result: LeaseResult): StorageResponse {
  const { lease, now } = result
  const isBroken = action === 'break' && lease
  const headers = {
    ...changeHeaders(result),
    'x-ms-lease-id': action === 'break' ? undefined : lease?.id,
    'x-ms-lease-time': isBroken ? String(breakSeconds(lease, now)) : undefined,
  }
  return { status: statuses[action], headers }
}
