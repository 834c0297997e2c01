import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AzureNamedKeyCredential, generateAccountSas, generateTableSas } from '@azure/data-tables'
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobSASPermissions,
  type BlobSASSignatureValues,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  SASProtocol,
  type UserDelegationKey,
} from '@azure/storage-blob'
import { generateQueueSASQueryParameters, QueueSASPermissions } from '@azure/storage-queue'
import type {
  AccessPolicy,
  ServiceName,
  SharedAccessSignature,
  StorageProtocol,
} from '../../src/contracts.ts'
import { verifySas } from '../../src/protocol/auth/shared-access-signature.ts'
import { delegationKeyOf } from '../../src/protocol/auth/user-delegation-key.ts'
import { StorageError } from '../../src/protocol/storage-error.ts'
import { type ClientRequest, developmentAccount, requestOf } from './request-of.ts'
import { blobCredential, queueCredential, tableCredential } from './sdk-clients.ts'

const now = Date.UTC(2026, 5, 1, 12)
const hourMs = 3_600_000
const startsOn = new Date(now - hourMs)
const expiresOn = new Date(now + hourMs)
const account = 'devstoreaccount1'

function verify(
  service: ServiceName,
  path: string,
  query: string,
  more: Partial<ClientRequest> & { policies?: readonly AccessPolicy[] } = {},
): Promise<SharedAccessSignature> {
  const { policies, ...client } = more
  const protocol: StorageProtocol = {
    service,
    route: () => {
      throw new Error('Nothing is routed')
    },
    containerOf: (each) => decodeURIComponent(each.split('/')[1] ?? '').replace(/\(.*$/, ''),
    policies: async () => policies,
    publicAccess: async () => 'none',
  }
  const url = `http://127.0.0.1:10000/${account}${path}?${query}`
  return verifySas(requestOf({ service, url, now, ...client }), protocol)
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof StorageError) return error.code
    throw error
  }
  throw new Error('It was not refused')
}

const accountVersions = ['2018-03-28', '2019-12-12', '2020-10-02', '2020-12-06', '2025-11-05', '2026-04-06']
const blobVersions = [
  '2015-04-05',
  '2018-03-28',
  '2018-11-09',
  '2019-12-12',
  '2020-02-10',
  '2020-12-06',
  '2025-07-05',
  '2026-04-06',
]

for (const version of accountVersions)
  test(`an account SAS of ${version} is accepted`, async () => {
    const query = generateAccountSASQueryParameters(
      {
        version,
        startsOn,
        expiresOn,
        ipRange: { start: '127.0.0.0', end: '127.0.0.255' },
        protocol: SASProtocol.HttpsAndHttp,
        permissions: AccountSASPermissions.parse('rwdl'),
        services: AccountSASServices.parse('bq').toString(),
        resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
        ...(version >= '2020-12-06' && { encryptionScope: 'scope' }),
      },
      blobCredential,
    )
    const sas = await verify('blob', '/box', query.toString())
    assert.equal(sas.kind, 'account')
    assert.equal(sas.permissions, 'rwdl')
  })

for (const version of blobVersions)
  test(`service SASs of ${version} for a container and a blob are accepted`, async () => {
    const values: BlobSASSignatureValues = {
      version,
      startsOn,
      expiresOn,
      containerName: 'box',
      protocol: SASProtocol.HttpsAndHttp,
      ipRange: { start: '127.0.0.1' },
      cacheControl: 'no-store',
      contentDisposition: 'inline',
      contentEncoding: 'gzip',
      contentLanguage: 'de',
      contentType: 'text/plain; charset=utf-8',
    }
    const forContainer = generateBlobSASQueryParameters(
      { ...values, permissions: ContainerSASPermissions.parse('rl') },
      blobCredential,
    )
    assert.equal((await verify('blob', '/box/any', forContainer.toString())).resource, 'c')
    const blobName = 'dir/ü %41+.txt'
    const forBlob = generateBlobSASQueryParameters(
      { ...values, blobName, permissions: BlobSASPermissions.parse('rw') },
      blobCredential,
    )
    const path = `/box/${encodeURIComponent(blobName)}`
    const sas = await verify('blob', path, forBlob.toString())
    assert.equal(sas.resource, 'b')
    assert.equal(sas.parameters.rsct, 'text/plain; charset=utf-8')
    assert.equal(await refusal(verify('blob', '/box/other', forBlob.toString())), 'AuthenticationFailed')
  })

test('service SASs for a snapshot and a version are accepted', async () => {
  const permissions = BlobSASPermissions.parse('r')
  const values = { expiresOn, containerName: 'box', blobName: 'dir/sub/file', permissions }
  const time = '2026-01-01T00:00:00.1234567Z'
  const forSnapshot = generateBlobSASQueryParameters({ ...values, snapshotTime: time }, blobCredential)
  assert.equal((await verify('blob', '/box/dir/sub/file', `${forSnapshot}&snapshot=${time}`)).resource, 'bs')
  const forVersion = generateBlobSASQueryParameters({ ...values, versionId: time }, blobCredential)
  assert.equal((await verify('blob', '/box/dir/sub/file', `${forVersion}&versionid=${time}`)).resource, 'bv')
})

for (const version of ['2018-11-09', '2020-02-10', '2020-12-06', '2025-07-05', '2026-04-06'])
  test(`a user delegation SAS of ${version} is accepted`, async () => {
    const sas = delegated(version, delegationKey())
    assert.equal(
      (await verify('blob', '/box/file', sas, { headers: [['x-ms-tag', 'a']] })).kind,
      'user-delegation',
    )
    const tampered = sas.replace('skoid=object', 'skoid=somebody')
    assert.equal(await refusal(verify('blob', '/box/file', tampered)), 'AuthenticationFailed')
  })

test('a user delegation SAS ends with its key', async () => {
  const signedExpiresOn = new Date(now - 1000)
  const ended = delegated('2020-12-06', delegationKey({ signedExpiresOn }))
  assert.equal(await refusal(verify('blob', '/box/file', ended)), 'AuthenticationFailed')
})

test('a user delegation SAS cannot refer to a stored policy', async () => {
  const sas = delegated('2020-12-06', delegationKey())
  const policy: AccessPolicy = { id: 'p', start: undefined, expiry: undefined, permissions: undefined }
  assert.equal(
    await refusal(verify('blob', '/box/file', `${sas}&si=p`, { policies: [policy] })),
    'AuthorizationFailure',
  )
})

test('a user delegation SAS of a queue is accepted', async () => {
  const key = delegationKey({ signedService: 'q' })
  const query = generateQueueSASQueryParameters(
    { version: '2026-04-06', expiresOn, queueName: 'work', permissions: QueueSASPermissions.parse('rp') },
    key as never,
    account,
  )
  assert.equal((await verify('queue', '/work/messages', query.toString())).kind, 'user-delegation')
})

test('a service SAS of a queue is accepted', async () => {
  const query = generateQueueSASQueryParameters(
    { startsOn, expiresOn, queueName: 'work', permissions: QueueSASPermissions.parse('raup') },
    queueCredential,
  )
  assert.equal((await verify('queue', '/work/messages', query.toString())).permissions, 'raup')
  assert.equal(await refusal(verify('queue', '/other/messages', query.toString())), 'AuthenticationFailed')
})

test('a service SAS of a table is accepted, whatever the case of its name', async () => {
  const query = generateTableSas('People', tableCredential, {
    expiresOn,
    permissions: { query: true, add: true, update: false, delete: false },
    startPartitionKey: 'a',
    startRowKey: '1',
    endPartitionKey: 'm',
    endRowKey: '9',
  })
  const sas = await verify('table', '/people()', query)
  assert.equal(sas.permissions, 'ra')
  assert.deepEqual([sas.parameters.spk, sas.parameters.erk], ['a', '9'])
  assert.equal(await refusal(verify('table', '/other()', query)), 'AuthenticationFailed')
})

test('an account SAS of the Tables SDK is accepted', async () => {
  const query = generateAccountSas(tableCredential, { expiresOn })
  assert.equal((await verify('table', '/people()', query)).kind, 'account')
})

test('a signature with another key is refused', async () => {
  const other = new AzureNamedKeyCredential(account, Buffer.from('wrong').toString('base64'))
  const query = generateAccountSas(other, { expiresOn })
  assert.equal(await refusal(verify('table', '/people()', query)), 'AuthenticationFailed')
})

test('a signature with something behind it, or with another beside it, is refused', async () => {
  const query = generateAccountSas(tableCredential, { expiresOn })
  for (const more of ['1', '&sig=other'])
    assert.equal(await refusal(verify('table', '/people()', query + more)), 'AuthenticationFailed', more)
})

test('a SAS holds from its start to its expiry', async () => {
  const query = forBlob({ startsOn, expiresOn })
  for (const [at, isGood] of [
    [now - hourMs - 1000, false],
    [now - hourMs, true],
    [now + hourMs - 1, true],
    [now + hourMs, false],
  ] as const) {
    const attempt = verify('blob', '/box/file', query, { now: at })
    if (isGood) await attempt
    else assert.equal(await refusal(attempt), 'AuthenticationFailed')
  }
})

test('a SAS for one address is refused from others', async () => {
  const query = forBlob({ expiresOn, ipRange: { start: '10.0.0.1', end: '10.0.0.9' } })
  await verify('blob', '/box/file', query, { remoteAddress: '::ffff:10.0.0.5' })
  const attempt = verify('blob', '/box/file', query, { remoteAddress: '10.0.0.10' })
  assert.equal(await refusal(attempt), 'AuthorizationSourceIPMismatch')
})

test('a SAS for https is refused over http', async () => {
  const query = forBlob({ expiresOn, protocol: SASProtocol.Https })
  await verify('blob', '/box/file', query, { isEncrypted: true })
  assert.equal(await refusal(verify('blob', '/box/file', query)), 'AuthorizationProtocolMismatch')
})

test('a stored policy gives what the SAS leaves out, and nothing else', async () => {
  const policy: AccessPolicy = {
    id: 'readers',
    start: undefined,
    expiry: expiresOn.toISOString(),
    permissions: 'rl',
  }
  const query = generateBlobSASQueryParameters(
    { containerName: 'box', identifier: 'readers' },
    blobCredential,
  ).toString()
  assert.equal((await verify('blob', '/box', query, { policies: [policy] })).permissions, 'rl')
  assert.equal(await refusal(verify('blob', '/box', query, { policies: [] })), 'AuthenticationFailed')
  assert.equal(await refusal(verify('blob', '/box', query)), 'AuthenticationFailed')
  const late = { ...policy, expiry: startsOn.toISOString() }
  assert.equal(await refusal(verify('blob', '/box', query, { policies: [late] })), 'AuthenticationFailed')
  const both = generateBlobSASQueryParameters(
    { containerName: 'box', identifier: 'readers', expiresOn },
    blobCredential,
  ).toString()
  assert.equal(await refusal(verify('blob', '/box', both, { policies: [policy] })), 'AuthenticationFailed')
})

test('a signature in a link that was written by hand keeps its plus', async () => {
  for (let minutes = 0; minutes < 60; minutes++) {
    const query = forBlob({ expiresOn: new Date(now + hourMs + minutes * 60_000) })
    const sig = new URLSearchParams(query).get('sig')!
    if (!sig.includes('+')) continue
    const raw = query.replace(/sig=[^&]*/, `sig=${sig}`)
    await verify('blob', '/box/file', raw)
    return
  }
  assert.fail('No signature had a plus')
})

function forBlob(values: Partial<BlobSASSignatureValues>): string {
  return generateBlobSASQueryParameters(
    { containerName: 'box', blobName: 'file', permissions: BlobSASPermissions.parse('r'), ...values },
    blobCredential,
  ).toString()
}

function delegationKey(changes: Partial<UserDelegationKey> = {}): UserDelegationKey {
  const key = {
    signedObjectId: 'object',
    signedTenantId: 'tenant',
    signedStartsOn: startsOn,
    signedExpiresOn: expiresOn,
    signedService: 'b',
    signedVersion: '2026-04-06',
    ...changes,
  }
  const value = delegationKeyOf(developmentAccount, {
    objectId: key.signedObjectId,
    tenantId: key.signedTenantId,
    start: key.signedStartsOn.toISOString(),
    expiry: key.signedExpiresOn.toISOString(),
    service: key.signedService,
    version: key.signedVersion,
    delegatedTenantId: '',
  }).toString('base64')
  return { ...key, value } as UserDelegationKey
}

function delegated(version: string, key: UserDelegationKey): string {
  return generateBlobSASQueryParameters(
    {
      version,
      expiresOn,
      containerName: 'box',
      blobName: 'file',
      permissions: BlobSASPermissions.parse('r'),
      ...(version >= '2020-02-10' && { correlationId: '5f0f6b4e-2a43-4d6e-9c0e-0d1c2b3a4f5e' }),
      ...(version >= '2026-04-06' && { requestHeaders: { 'x-ms-tag': 'a' } }),
    } as BlobSASSignatureValues,
    key,
    account,
  ).toString()
}
