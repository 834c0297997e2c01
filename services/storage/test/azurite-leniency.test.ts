/** What the account of the emulators may do as with Azurite, and every other account may not, as on Azure. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'
import {
  AzureNamedKeyCredential,
  AzureSASCredential,
  generateTableSas,
  TableClient,
  TableServiceClient,
} from '@azure/data-tables'
import {
  type BlobClient,
  BlobServiceClient,
  ContainerClient,
  ContainerSASPermissions,
} from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import { developmentAccountName } from '../src/accounts/account-name.ts'
import { openStorage } from '../src/index.ts'

const directory = await mkdtemp(join(tmpdir(), 'aloft-leniency-'))
const log = new Logger(systemClock, [])
const engine = await openEngine({ directory, clock: systemClock, log })
const key = Buffer.from('a key').toString('base64')
const storage = await openStorage({
  engine,
  clock: systemClock,
  log,
  accounts: [{ name: 'cloudlike', keys: [key, key] }],
})
await storage.listen({ ports: { blob: 0, queue: 0, table: 0 } })
after(async () => {
  await storage.close()
  await engine.close()
  await rm(directory, { recursive: true, force: true })
})

const once = { retryOptions: { maxTries: 1, maxRetries: 0 } }
const insecure = { ...once, allowInsecureConnection: true }

interface Opened {
  readonly connection: string
  /** A container that is there. */
  readonly box: ContainerClient
}

async function opened(account: string): Promise<Opened> {
  const connection = storage.connectionString(account)!
  const box = BlobServiceClient.fromConnectionString(connection, once).getContainerClient('box')
  await box.create()
  return { connection, box }
}

const lenient = await opened(developmentAccountName)
const strict = await opened('cloudlike')

test('a lease may have a name where Azurite is followed, else only a UUID', async () => {
  const leased = async ({ box }: Opened, id: string) => {
    const blob = box.getBlockBlobClient(`leased by ${id}`)
    await blob.upload('a', 1)
    await blob.getBlobLeaseClient(id).acquireLease(15)
    return blob
  }
  const blob = await leased(lenient, 'abcdefg')
  await assert.rejects(blob.upload('b', 1), { statusCode: 412, code: 'LeaseIdMissing' })
  await blob.upload('b', 1, { conditions: { leaseId: 'abcdefg' } })
  await assert.rejects(blob.upload('c', 1, { conditions: { leaseId: 'ABCDEFG' } }), {
    code: 'LeaseIdMismatchWithBlobOperation',
  })
  await blob.getBlobLeaseClient('abcdefg').changeLease('CA761232ED4211CEBACD00AA0057B223')
  await blob.delete({ conditions: { leaseId: 'ca761232-ed42-11ce-bacd-00aa0057b223' } })
  const malformed = { statusCode: 400, code: 'InvalidHeaderValue' }
  await assert.rejects(leased(strict, 'abcdefg'), malformed)
  for (const garbage of ['not an id', '{abc}', 'a'.repeat(65)])
    await assert.rejects(leased(lenient, garbage), malformed)
})

/** For the container, good until tomorrow. */
function signed({ box }: Opened, permissions: string): Promise<string> {
  const expiresOn = new Date(Date.now() + 86_400_000)
  return box.generateSasUrl({ permissions: ContainerSASPermissions.parse(permissions), expiresOn })
}

/** The blobs of a container, for who has only this signature for it. */
async function guestOf(opened: Opened, permissions: string): Promise<ContainerClient> {
  return new ContainerClient(await signed(opened, permissions), undefined, once)
}

async function copyBothWays(target: BlobClient, source: string): Promise<void> {
  await target.syncCopyFromURL(source)
  await (await target.beginCopyFromURL(source)).pollUntilDone()
}

test('a signature that may write a copy need not be one for reading its source where Azurite is followed', async () => {
  for (const { box } of [lenient, strict]) await box.getBlockBlobClient('source').upload('hello', 5)
  const guest = await guestOf(lenient, 'w')
  const target = guest.getBlobClient('target')
  await copyBothWays(target, lenient.box.getBlobClient('source').url)
  await copyBothWays(target, guest.getBlobClient('source').url)
  assert.equal((await lenient.box.getBlobClient('target').downloadToBuffer()).toString(), 'hello')
  const other = (await guestOf(strict, 'w')).getBlobClient('target')
  const source = strict.box.getBlobClient('source').url
  for (const copy of [() => other.syncCopyFromURL(source), () => other.beginCopyFromURL(source)])
    await assert.rejects(copy, { statusCode: 403, code: 'CannotVerifyCopySource' })
})

test('a source with a signature of its own needs one for reading everywhere', async () => {
  const target = (await guestOf(lenient, 'w')).getBlobClient('target')
  const unread = (await guestOf(lenient, 'c')).getBlobClient('source').url
  const forged = unread.replace(/sig=[^&]*/, 'sig=AAAA')
  const others = (await guestOf(strict, 'w')).getBlobClient('source').url
  const refused = { statusCode: 403, code: 'CannotVerifyCopySource' }
  for (const source of [unread, forged, others]) await assert.rejects(target.syncCopyFromURL(source), refused)
  await assert.rejects(lenient.box.getBlobClient('target').beginCopyFromURL(unread), refused)
  const missing = lenient.box.getBlobClient('missing').url
  await assert.rejects(target.syncCopyFromURL(missing), { statusCode: 404, code: 'CannotVerifyCopySource' })
})

/** The connection string with the addresses of the secondary in place of those of the primary. */
function secondaryOf({ connection }: Opened): string {
  return connection.replaceAll(/(Endpoint=[^;]*?)\/?;/g, '$1-secondary;')
}

test('the secondary may be written to where Azurite is followed, else only read', async () => {
  const made = async (opened: Opened) => {
    const secondary = secondaryOf(opened)
    await BlobServiceClient.fromConnectionString(secondary, once).createContainer('by-secondary')
    await QueueServiceClient.fromConnectionString(secondary, once).createQueue('by-secondary')
    await TableServiceClient.fromConnectionString(secondary, insecure).createTable('bySecondary')
  }
  await made(lenient)
  const primary = BlobServiceClient.fromConnectionString(lenient.connection, once)
  assert.equal(await primary.getContainerClient('by-secondary').exists(), true)
  await assert.rejects(made(strict), { statusCode: 403, code: 'InsufficientAccountPermissions' })
  const reader = BlobServiceClient.fromConnectionString(secondaryOf(strict), once)
  assert.equal(await reader.getContainerClient('box').exists(), true)
})

test('an upsert needs the letter for updates, and on Azure that for adding, too', async () => {
  const upserted = async (account: string, permissions: { update?: boolean; add?: boolean }) => {
    const [, accountKey = ''] = /AccountKey=([^;]*)/.exec(storage.connectionString(account)!)!
    const url = storage.endpoints(account).table
    const owner = new AzureNamedKeyCredential(account, accountKey)
    await new TableServiceClient(url, owner, insecure).createTable('people')
    const sas = generateTableSas('people', owner, {
      permissions,
      expiresOn: new Date(Date.now() + 3_600_000),
    })
    const guest = new TableClient(url, 'people', new AzureSASCredential(sas), insecure)
    await guest.upsertEntity({ partitionKey: 'a', rowKey: '1' })
    await guest.submitTransaction([['upsert', { partitionKey: 'a', rowKey: '2' }, 'Replace']])
  }
  const refused = { statusCode: 403, message: /AuthorizationPermissionMismatch/ }
  await upserted(developmentAccountName, { update: true })
  await assert.rejects(upserted(developmentAccountName, { add: true }), refused)
  await assert.rejects(upserted('cloudlike', { update: true }), refused)
  await upserted('cloudlike', { add: true, update: true })
})

test('a page blob read from its end on is empty where Azurite is followed, else there is no such range', async () => {
  const read = async ({ box }: Opened, offset: number) => {
    const pages = box.getPageBlobClient('pages')
    await pages.create(512)
    const { contentLength, contentRange } = await pages.download(offset, 512)
    return { contentLength, contentRange }
  }
  assert.deepEqual(await read(lenient, 512), { contentLength: 0, contentRange: 'bytes 512-511/512' })
  const behind = { statusCode: 416, code: 'InvalidRange' }
  await assert.rejects(read(lenient, 1024), behind)
  await assert.rejects(read(strict, 512), behind)
  const empty = lenient.box.getPageBlobClient('empty')
  await empty.create(0)
  await assert.rejects(empty.download(0, 512), behind)
  await lenient.box.getBlockBlobClient('block').upload('hello', 5)
  await assert.rejects(lenient.box.getBlockBlobClient('block').download(5, 5), behind)
})

test('a copy of a page blob takes no tier where Azurite is followed, else that of a premium account', async () => {
  const copied = async ({ box }: Opened) => {
    const source = box.getPageBlobClient('pages to copy')
    await source.create(512)
    const copy = box.getBlobClient('copied pages')
    await (await copy.beginCopyFromURL(source.url, { tier: 'P10' })).pollUntilDone()
    return (await copy.getProperties()).accessTier
  }
  await assert.rejects(copied(lenient), { statusCode: 400, code: 'AccessTierNotSupportedForBlobType' })
  assert.equal(await copied(strict), 'P10')
})

test('the service properties tell how long Azurite keeps a connection, only where it is followed', async () => {
  const told = async ({ connection }: Opened) => {
    const { _response } = await BlobServiceClient.fromConnectionString(connection, once).getProperties()
    return _response.headers.get('keep-alive')
  }
  assert.equal(await told(lenient), 'timeout=5')
  assert.equal(await told(strict), undefined)
})
