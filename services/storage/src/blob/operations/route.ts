/** Which operation a request means: a switch on verb, `restype` and `comp`. */
import type { Operation, StorageRequest } from '../../contracts.ts'
import { generalErrors, invalidQuery } from '../../protocol/general-errors.ts'
import type { BlobContext } from '../store/context.ts'
import * as rules from './access-rules.ts'
import { batch } from './batch.ts'
import * as change from './change-operations.ts'
import * as containers from './container-operations.ts'
import type { CopyJobs } from './copy-jobs.ts'
import * as copy from './copy-operations.ts'
import * as lease from './lease-operations.ts'
import * as lists from './list-operations.ts'
import * as page from './page-operations.ts'
import { getPageRangesOperation } from './page-ranges-operation.ts'
import * as put from './put-operations.ts'
import { queryBlob } from './query-operation.ts'
import * as read from './read-operations.ts'

/** A request whose sender is not known yet. */
export type UnroutedRequest = Omit<StorageRequest, 'identity'>

type InContext = (context: BlobContext, request: StorageRequest) => ReturnType<Operation['run']>

/** All operations by Azure's names. */
function operationsOf(context: BlobContext, jobs: CopyJobs) {
  const operation = (name: string, access: Operation['access'], run: InContext): Operation => ({
    name,
    access,
    run: (request) => run(context, request),
  })
  return {
    batch: operation('SubmitBatch', rules.batchAccess, (_, request) => batch(request)),
    accountInfo: operation('GetAccountInfo', rules.accountInfoAccess, containers.getAccountInfo),
    listContainers: operation('ListContainers', rules.listAccount, lists.listContainersOperation),
    findBlobs: operation('FindBlobsByTags', rules.findInAccount, lists.findBlobsOperation),
    findBlobsInContainer: operation('FindBlobsByTags', rules.findInContainer, lists.findBlobsOperation),

    createContainer: operation('CreateContainer', rules.makeContainer, containers.createContainer),
    getContainer: operation('GetContainerProperties', rules.readContainer, containers.getContainerProperties),
    getContainerMetadata: operation(
      'GetContainerMetadata',
      rules.readContainer,
      containers.getContainerMetadata,
    ),
    setContainerMetadata: operation(
      'SetContainerMetadata',
      rules.writeContainer,
      containers.setContainerMetadata,
    ),
    getContainerAcl: operation('GetContainerACL', rules.controlContainer, containers.getContainerAcl),
    setContainerAcl: operation('SetContainerACL', rules.controlContainer, containers.setContainerAcl),
    deleteContainer: operation('DeleteContainer', rules.deleteContainer, containers.deleteContainer),
    restoreContainer: operation('RestoreContainer', rules.writeContainer, containers.restoreContainer),
    leaseContainer: operation('LeaseContainer', rules.writeContainer, lease.leaseContainerOperation),
    breakContainerLease: operation(
      'LeaseContainer',
      rules.breakContainerLease,
      lease.leaseContainerOperation,
    ),
    listBlobs: operation('ListBlobs', rules.listContainer, lists.listBlobsOperation),

    getBlob: operation('GetBlob', rules.readBlob, read.getBlob),
    getBlobProperties: operation('GetBlobProperties', rules.readBlob, read.getBlobProperties),
    getBlobMetadata: operation('GetBlobMetadata', rules.readBlob, read.getBlobMetadata),
    queryBlob: operation('QueryBlobContents', rules.readBlob, queryBlob),
    getBlobTags: operation('GetBlobTags', rules.tagBlob, read.getBlobTags),
    setBlobTags: operation('SetBlobTags', rules.tagBlob, change.setBlobTags),
    setBlobMetadata: operation('SetBlobMetadata', rules.writeBlob, change.setBlobMetadata),
    setBlobProperties: operation('SetBlobProperties', rules.writeBlob, change.setBlobProperties),
    setBlobTier: operation('SetBlobTier', rules.writeBlob, change.setTierOperation),
    snapshotBlob: operation('SnapshotBlob', rules.makeBlob, change.snapshotOperation),
    deleteBlob: operation('DeleteBlob', rules.deleteAccess, change.deleteOperation),
    undeleteBlob: operation('UndeleteBlob', rules.writeBlob, change.undeleteOperation),
    setImmutability: operation('SetBlobImmutabilityPolicy', rules.protectBlob, change.setImmutability),
    deleteImmutability: operation(
      'DeleteBlobImmutabilityPolicy',
      rules.protectBlob,
      change.deleteImmutability,
    ),
    setLegalHold: operation('SetBlobLegalHold', rules.protectBlob, change.setLegalHold),
    leaseBlob: operation('LeaseBlob', rules.writeBlob, lease.leaseBlobOperation),
    breakBlobLease: operation('LeaseBlob', rules.breakBlobLease, lease.leaseBlobOperation),

    putBlob: operation('PutBlob', rules.makeBlob, put.putBlob),
    putBlobFromUrl: operation('PutBlobFromURL', rules.makeBlob, put.putBlobFromUrl),
    putBlock: operation('PutBlock', rules.writeBlob, put.putBlockOperation),
    putBlockFromUrl: operation('PutBlockFromURL', rules.writeBlob, put.putBlockFromUrl),
    putBlockList: operation('PutBlockList', rules.writeBlob, put.putBlockListOperation),
    getBlockList: operation('GetBlockList', rules.readBlob, put.getBlockListOperation),
    appendBlock: operation('AppendBlock', rules.appendBlob, put.appendBlockOperation),
    appendBlockFromUrl: operation('AppendBlockFromURL', rules.appendBlob, put.appendBlockFromUrl),
    sealBlob: operation('SealBlob', rules.writeBlob, change.sealOperation),
    putPage: operation('PutPage', rules.writeBlob, page.putPage),
    putPageFromUrl: operation('PutPageFromURL', rules.writeBlob, page.putPageFromUrl),
    getPageRanges: operation('GetPageRanges', rules.readBlob, getPageRangesOperation),
    copyBlob: operation('CopyBlob', rules.makeBlob, (_, request) => copy.copyBlob(context, jobs, request)),
    copyBlobFromUrl: operation('CopyBlobFromURL', rules.makeBlob, copy.copyBlobFromUrl),
    incrementalCopy: operation('IncrementalCopyBlob', rules.makeBlob, copy.incrementalCopy),
    abortCopy: operation('AbortCopyBlob', rules.writeBlob, (_, request) =>
      copy.abortCopyOperation(context, jobs, request),
    ),
  }
}

type Operations = ReturnType<typeof operationsOf>

/** @throws StorageError UnsupportedHttpVerb, InvalidQueryParameterValue … from what it returns */
export function blobRouter(context: BlobContext, jobs: CopyJobs): (request: UnroutedRequest) => Operation {
  const operations = operationsOf(context, jobs)
  return (request) => {
    const restype = request.query('restype')?.toLowerCase()
    const comp = request.query('comp')?.toLowerCase() ?? ''
    if (restype === 'account' && comp === 'properties') return operations.accountInfo
    if (request.path === '/') return routeAccount(operations, request.method, comp)
    if (restype === 'container') return routeContainer(operations, request, comp)
    return routeBlob(operations, request, comp)
  }
}

function routeAccount(operations: Operations, method: string, comp: string): Operation {
  if (method === 'GET' && comp === 'list') return operations.listContainers
  if (method === 'GET' && comp === 'blobs') return operations.findBlobs
  if (method === 'POST' && comp === 'batch') return operations.batch
  // What a browser is told that opens the account's address.
  throw method === 'GET' ? invalidQuery('comp', comp) : unknown(method, comp)
}

function routeContainer(operations: Operations, request: UnroutedRequest, comp: string): Operation {
  const { method } = request
  const isRead = method === 'GET' || method === 'HEAD'
  switch (comp) {
    case '':
      if (isRead) return operations.getContainer
      if (method === 'PUT') return operations.createContainer
      if (method === 'DELETE') return operations.deleteContainer
      break
    case 'list':
      if (method === 'GET') return operations.listBlobs
      break
    case 'metadata':
      if (isRead) return operations.getContainerMetadata
      if (method === 'PUT') return operations.setContainerMetadata
      break
    case 'acl':
      if (isRead) return operations.getContainerAcl
      if (method === 'PUT') return operations.setContainerAcl
      break
    case 'lease':
      if (method === 'PUT')
        return isBreak(request) ? operations.breakContainerLease : operations.leaseContainer
      break
    case 'undelete':
      if (method === 'PUT') return operations.restoreContainer
      break
    case 'blobs':
      if (method === 'GET') return operations.findBlobsInContainer
      break
    case 'batch':
      if (method === 'POST') return operations.batch
  }
  throw unknown(method, comp)
}

function routeBlob(operations: Operations, request: UnroutedRequest, comp: string): Operation {
  switch (request.method) {
    case 'GET':
      return routeGet(operations, comp)
    case 'HEAD':
      if (comp === '') return operations.getBlobProperties
      if (comp === 'metadata') return operations.getBlobMetadata
      break
    case 'PUT':
      return routePut(operations, request, comp)
    case 'POST':
      if (comp === 'query') return operations.queryBlob
      break
    case 'DELETE':
      if (comp === '') return operations.deleteBlob
      if (comp === 'immutabilitypolicies') return operations.deleteImmutability
  }
  throw unknown(request.method, comp)
}

function routeGet(operations: Operations, comp: string): Operation {
  switch (comp) {
    case '':
      return operations.getBlob
    case 'metadata':
      return operations.getBlobMetadata
    case 'tags':
      return operations.getBlobTags
    case 'blocklist':
      return operations.getBlockList
    case 'pagelist':
      return operations.getPageRanges
    default:
      throw unknown('GET', comp)
  }
}

function routePut(operations: Operations, request: UnroutedRequest, comp: string): Operation {
  const hasSource = request.header('x-ms-copy-source') !== undefined
  switch (comp) {
    case '':
      if (!hasSource) return operations.putBlob
      if (request.header('x-ms-blob-type') !== undefined) return operations.putBlobFromUrl
      return request.header('x-ms-requires-sync')?.toLowerCase() === 'true'
        ? operations.copyBlobFromUrl
        : operations.copyBlob
    case 'block':
      return hasSource ? operations.putBlockFromUrl : operations.putBlock
    case 'blocklist':
      return operations.putBlockList
    case 'appendblock':
      return hasSource ? operations.appendBlockFromUrl : operations.appendBlock
    case 'page':
      return hasSource ? operations.putPageFromUrl : operations.putPage
    case 'metadata':
      return operations.setBlobMetadata
    case 'properties':
      return operations.setBlobProperties
    case 'tags':
      return operations.setBlobTags
    case 'tier':
      return operations.setBlobTier
    case 'snapshot':
      return operations.snapshotBlob
    case 'undelete':
      return operations.undeleteBlob
    case 'lease':
      return isBreak(request) ? operations.breakBlobLease : operations.leaseBlob
    case 'seal':
      return operations.sealBlob
    case 'copy':
      return operations.abortCopy
    case 'incrementalcopy':
      return operations.incrementalCopy
    case 'immutabilitypolicies':
      return operations.setImmutability
    case 'legalhold':
      return operations.setLegalHold
    default:
      throw unknown('PUT', comp)
  }
}

function isBreak(request: UnroutedRequest): boolean {
  return request.header('x-ms-lease-action')?.toLowerCase() === 'break'
}

function unknown(method: string, comp: string): Error {
  return comp === ''
    ? generalErrors.UnsupportedHttpVerb({ message: `${method} is not supported here.` })
    : invalidQuery('comp', comp)
}
