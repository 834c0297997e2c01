import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TableServiceClient } from '@azure/data-tables'
import { BlobSASPermissions, BlobServiceClient, generateBlobSASQueryParameters } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { TrustedIssuer } from '../../src/protocol/auth/tokens.ts'
import { openFront } from './open-front.ts'
import { send } from './raw-client.ts'
import { blobCredential, trusting } from './sdk-clients.ts'

const issuer = 'https://login.aloft.example/tenant'
const storage = 'https://storage.azure.com'
const { privateKey, publicKey } = await generateKeyPair('RS256')
const trusted: TrustedIssuer = {
  isIssuer: (named) => named === issuer,
  keySet: async () => ({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] }),
}
const verify = { level: 'verify', issuers: [trusted] } as const

interface TokenParts {
  readonly iss?: string
  readonly aud?: string
  readonly lifeSeconds?: number
  readonly key?: CryptoKey
}

async function tokenOf({
  iss = issuer,
  aud = storage,
  lifeSeconds = 3600,
  key = privateKey,
}: TokenParts = {}) {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ oid: 'object', tid: 'tenant' })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setIssuer(iss)
    .setAudience(aud)
    .setNotBefore(now - 60)
    .setExpirationTime(now + lifeSeconds)
    .sign(key)
}

function credential(token: string) {
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) }
}

test('tokens of a trusted issuer open all three services over https', async (t) => {
  const good = credential(await tokenOf())
  const blob = await openFront(t, { tokens: verify })
  const blobs = new BlobServiceClient(blob.httpsUrl, good, trusting(blob.certificatePath) as never)
  assert.equal((await blobs.getProperties()).deleteRetentionPolicy?.enabled, false)
  const queue = await openFront(t, { tokens: verify, service: 'queue' })
  const queues = new QueueServiceClient(queue.httpsUrl, good, trusting(queue.certificatePath) as never)
  assert.equal((await queues.getProperties()).hourMetrics?.enabled, false)
  const table = await openFront(t, { tokens: verify, service: 'table' })
  const tables = new TableServiceClient(table.httpsUrl, good, trusting(table.certificatePath) as never)
  assert.equal((await tables.getProperties()).hourMetrics?.enabled, false)
})

test('a token over http is refused', async (t) => {
  const { port } = await openFront(t, { tokens: verify })
  const headers = { Authorization: `Bearer ${await tokenOf()}` }
  const { status, body } = await send(port, { path: '/devstoreaccount1/box/file', headers })
  assert.equal(status, 403)
  assert.match(body, /Authentication scheme Bearer is not allowed with HTTP/)
})

test('a token that is not good is refused, with the way to a better one', async (t) => {
  const { httpsUrl, certificatePath } = await openFront(t, { tokens: verify })
  const stranger = (await generateKeyPair('RS256')).privateKey
  for (const parts of [
    { iss: 'https://login.other.example/tenant' },
    { aud: 'https://graph.microsoft.com' },
    { aud: 'https://other.blob.core.windows.net' },
    { lifeSeconds: -10 },
    { key: stranger },
  ]) {
    const client = new BlobServiceClient(
      httpsUrl,
      credential(await tokenOf(parts)),
      trusting(certificatePath) as never,
    )
    await assert.rejects(
      client.getProperties(),
      (error: { statusCode: number; response: { headers: Headers } }) => {
        assert.equal(error.statusCode, 401)
        assert.match(
          error.response.headers.get('www-authenticate') ?? '',
          /^Bearer authorization_uri=https:\/\/login\.example\.com\/tenant\/oauth2\/authorize resource_id=https:\/\/storage\.azure\.com$/,
        )
        return true
      },
    )
  }
})

test('an account of Azure is named as an audience by the address that it would have there', async (t) => {
  const { httpsUrl, certificatePath } = await openFront(t, { tokens: verify })
  const token = await tokenOf({ aud: 'https://devstoreaccount1.blob.core.windows.net/' })
  const client = new BlobServiceClient(httpsUrl, credential(token), trusting(certificatePath) as never)
  await client.getProperties()
})

test('the basic level looks at dates, issuer and audience, as Azurite does, whoever else is trusted', async (t) => {
  const everybody = { ...trusted, isIssuer: () => true }
  const { httpsUrl, certificatePath } = await openFront(t, {
    tokens: { level: 'basic', issuers: [everybody] },
  })
  const stranger = (await generateKeyPair('RS256')).privateKey
  const iss = 'https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/'
  const clientWith = async (parts: TokenParts) =>
    new BlobServiceClient(
      httpsUrl,
      credential(await tokenOf({ key: stranger, ...parts })),
      trusting(certificatePath) as never,
    )
  await (await clientWith({ iss })).getProperties()
  for (const parts of [
    {},
    { iss, aud: 'https://graph.microsoft.com' },
    { iss, aud: 'https://otheraccount.blob.core.windows.net' },
    { iss, lifeSeconds: -10 },
  ])
    await assert.rejects((await clientWith(parts)).getProperties(), {
      statusCode: 403,
      code: 'AuthenticationFailed',
    })
})

test('a user delegation key that the SDK gets signs what others may read', async (t) => {
  const { httpsUrl, port, certificatePath } = await openFront(t, { tokens: verify })
  const client = new BlobServiceClient(
    httpsUrl,
    credential(await tokenOf()),
    trusting(certificatePath) as never,
  )
  const expiresOn = new Date(Date.now() + 3_600_000)
  const key = await client.getUserDelegationKey(new Date(Date.now() - 60_000), expiresOn)
  assert.equal(key.signedObjectId, 'object')
  const permissions = BlobSASPermissions.parse('r')
  const query = generateBlobSASQueryParameters(
    { containerName: 'box', blobName: 'file', expiresOn, permissions },
    key,
    'devstoreaccount1',
  )
  const { status, body } = await send(port, { path: `/devstoreaccount1/box/file?${query}` })
  assert.equal(status, 200)
  assert.equal(JSON.parse(body).identity, 'sas')
})

test('only a token gets a user delegation key, and for at most seven days', async (t) => {
  const { url, httpsUrl, certificatePath } = await openFront(t, { tokens: verify })
  const soon = new Date(Date.now() + 3_600_000)
  const byKey = new BlobServiceClient(url, blobCredential)
  await assert.rejects(byKey.getUserDelegationKey(new Date(), soon), {
    statusCode: 403,
    code: 'AuthenticationFailed',
  })
  const client = new BlobServiceClient(
    httpsUrl,
    credential(await tokenOf()),
    trusting(certificatePath) as never,
  )
  const late = new Date(Date.now() + 8 * 86_400_000)
  await assert.rejects(client.getUserDelegationKey(new Date(), late), { code: 'InvalidXmlNodeValue' })
})
