/** Operations on containers, and account information. */
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors, invalidHeader, missingHeader } from '../../protocol/general-errors.ts'
import { parsePolicies, renderPolicies } from '../../protocol/stored-access-policies.ts'
import { leaseOf } from '../model/item.ts'
import * as containers from '../store/containers.ts'
import type { BlobContext } from '../store/context.ts'
import { containerEncryptionHeaders, containerEncryptionIn } from '../wire/encryption-headers.ts'
import { xmlType } from '../wire/list-xml.ts'
import { containerAddress } from '../wire/paths.ts'
import { accessOptions, metadataIn } from '../wire/request-options.ts'
import { changeHeaders, leaseHeaders, metadataHeaders } from '../wire/response-headers.ts'

const maxAclBytes = 64 * 1024
/** Of stored access policies for blobs. */
const policyLetters = 'racwdxyltmeopif'

export async function createContainer(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const options = {
    metadata: metadataIn(request),
    access: publicAccessIn(request),
    encryption: containerEncryptionIn(request),
  }
  const container = await containers.createContainer(context, containerAddress(request), options)
  return { status: 201, headers: changeHeaders(container) }
}

function publicAccessIn(request: StorageRequest): containers.PublicAccess {
  const header = 'x-ms-blob-public-access'
  const access = request.header(header)?.toLowerCase()
  if (access === undefined || access === '') return 'none'
  if (access !== 'blob' && access !== 'container') throw invalidHeader(header, access)
  return access
}

export async function getContainerProperties(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const container = await containers.getContainer(context, containerAddress(request), accessOptions(request))
  const headers = {
    ...changeHeaders(container),
    ...metadataHeaders(container),
    ...leaseHeaders(leaseOf(container), request.now),
    'x-ms-blob-public-access': publicAccessOf(container),
    'x-ms-has-immutability-policy': 'false',
    'x-ms-has-legal-hold': 'false',
    'x-ms-immutable-storage-with-versioning-enabled': 'false',
    ...containerEncryptionHeaders(container),
  }
  return { status: 200, headers }
}

function publicAccessOf({ access }: containers.Container): string | undefined {
  return access === 'none' ? undefined : access
}

export async function getContainerMetadata(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const container = await containers.getContainer(context, containerAddress(request), accessOptions(request))
  return { status: 200, headers: { ...changeHeaders(container), ...metadataHeaders(container) } }
}

export async function setContainerMetadata(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const address = containerAddress(request)
  const options = accessOptions(request)
  const container = await containers.setContainerMetadata(context, address, request.metadata(), options)
  return { status: 200, headers: changeHeaders(container) }
}

/** Access to containers is given by those who hold the account's key. @throws StorageError AuthenticationFailed */
function refuseToken({ identity }: StorageRequest): void {
  if (identity.kind === 'bearer') throw generalErrors.AuthenticationFailed()
}

export async function getContainerAcl(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  refuseToken(request)
  const container = await containers.getContainer(context, containerAddress(request), accessOptions(request))
  const headers = {
    ...xmlType,
    ...changeHeaders(container),
    'x-ms-blob-public-access': publicAccessOf(container),
  }
  return { status: 200, headers, body: renderPolicies(containers.policiesOf(container)) }
}

export async function setContainerAcl(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  refuseToken(request)
  const policies = parsePolicies(await request.bytes(maxAclBytes), policyLetters)
  const address = containerAddress(request)
  const access = publicAccessIn(request)
  const container = await containers.setContainerAccess(
    context,
    address,
    access,
    policies,
    accessOptions(request),
  )
  return { status: 200, headers: changeHeaders(container) }
}

export async function deleteContainer(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  await containers.deleteContainer(context, containerAddress(request), accessOptions(request))
  return { status: 202 }
}

export async function restoreContainer(
  context: BlobContext,
  request: StorageRequest,
): Promise<StorageResponse> {
  const { account, container } = containerAddress(request)
  const version = request.header('x-ms-deleted-container-version')
  if (!version) throw missingHeader('x-ms-deleted-container-version')
  const name = request.header('x-ms-deleted-container-name') || container
  // Restoring under another name is not what Azure does any more either.
  if (name !== container) throw generalErrors.InvalidHeaderValue()
  await containers.restoreContainer(context, account, container, version)
  return { status: 201 }
}

export async function getAccountInfo(): Promise<StorageResponse> {
  const headers = {
    'x-ms-sku-name': 'Standard_RAGRS',
    'x-ms-account-kind': 'StorageV2',
    'x-ms-is-hns-enabled': 'false',
  }
  return { status: 200, headers }
}
