import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isForeign } from '../src/azure-resources.ts'
import { systemIdentityOf } from '../src/directory.ts'
import { type OpenIdentity, openTestIdentity, temporaryDirectory } from './open-identity.ts'
import { verified } from './verified.ts'

const resource = 'https://storage.azure.com'
const good = { 'api-version': '2019-08-01', resource }

/** Asks as code in the app `shop` does. */
async function ask({ identity }: OpenIdentity, query: Record<string, string>, header?: string) {
  const settings = identity.settingsOf('shop')
  const headers = header === '' ? undefined : { 'X-IDENTITY-HEADER': header ?? settings.IDENTITY_HEADER }
  const response = await fetch(`${settings.IDENTITY_ENDPOINT}?${new URLSearchParams(query)}`, {
    ...(headers && { headers }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('an app gets a token of its own identity, over plain http', async (t) => {
  const open = await openTestIdentity(t)
  const { status, body } = await ask(open, good)
  assert.equal(status, 200)
  const claims = await verified(open.origin, String(body.access_token), resource)
  const { clientId, objectId } = systemIdentityOf('shop')
  assert.deepEqual([claims.appid, claims.oid], [clientId, objectId])
  assert.deepEqual(
    { ...body, access_token: '' },
    {
      access_token: '',
      expires_on: String(claims.exp),
      not_before: String(claims.nbf),
      resource,
      token_type: 'Bearer',
      client_id: clientId,
    },
  )
})

test('assigned identities are named by client, object or resource', async (t) => {
  const open = await openTestIdentity(t)
  const claimsOf = async (query: Record<string, string>) => {
    const { body } = await ask(open, { ...good, ...query })
    return verified(open.origin, String(body.access_token), resource)
  }
  assert.equal((await claimsOf({ client_id: 'c-1' })).appid, 'c-1')
  assert.equal((await claimsOf({ principal_id: 'o-1' })).oid, 'o-1')
  assert.notEqual((await claimsOf({ mi_res_id: '/r/1' })).oid, (await claimsOf({ mi_res_id: '/r/2' })).oid)
})

test('refusals have the shape of App Service', async (t) => {
  const open = await openTestIdentity(t)
  const { 'api-version': version } = good
  for (const [query, header, status, message] of [
    [good, '', 401, /X-IDENTITY-HEADER/],
    [good, 'wrong', 401, /X-IDENTITY-HEADER/],
    [{ resource }, undefined, 400, /api-version/],
    [{ 'api-version': '2017-09-01', resource }, undefined, 400, /2019-08-01/],
    [{ 'api-version': version }, undefined, 400, /'resource' is missing/],
    [{ ...good, client_id: 'a', mi_res_id: 'b' }, undefined, 400, /Only one of/],
  ] as const) {
    const { body, ...answer } = await ask(open, query, header)
    assert.equal(answer.status, status, String(message))
    assert.equal(body.statusCode, status)
    assert.match(String(body.message), message)
    assert.match(String(body.correlationId), /^[0-9a-f-]{36}$/)
  }
})

test('every app has a secret of its own, the same at every reload', async (t) => {
  const { identity } = await openTestIdentity(t)
  const secrets = ['shop', 'blog', 'shop'].map((app) => identity.settingsOf(app).IDENTITY_HEADER)
  assert.equal(secrets[0], secrets[2])
  assert.notEqual(secrets[0], secrets[1])
})

test('who has signed in to Azure gets tokens for its other services there', async (t) => {
  const open = await openTestIdentity(t)
  const vault = { ...good, resource: 'https://vault.azure.net' }
  assert.equal((await ask(open, vault)).status, 200)
  await mkdir(join(open.directory, '.azure'))
  await writeFile(join(open.directory, '.azure/azureProfile.json'), '{"subscriptions": []}')
  assert.equal((await ask(open, vault)).status, 200)
  await writeFile(join(open.directory, '.azure/azureProfile.json'), '{"subscriptions": [{"id": "x"}]}')
  const { status, body } = await ask(open, vault)
  assert.equal(status, 400)
  assert.match(String(body.message), /Unable to load the proper Managed Identity/)
  assert.equal((await ask(open, good)).status, 200)
  assert.equal((await ask(open, { ...good, resource: 'api://orders' })).status, 200)
})

test("Azure's own resources are known by their domains", async (t) => {
  const homeDirectory = await temporaryDirectory(t)
  await mkdir(join(homeDirectory, '.azd/auth'), { recursive: true })
  const resources = { homeDirectory, environment: {}, isHere: () => false }
  for (const each of [
    'https://management.azure.com/',
    'https://database.windows.net',
    'https://graph.microsoft.com',
  ])
    assert.equal(await isForeign(each, resources), true, each)
  for (const each of [
    'api://x',
    'https://orders.example',
    'https://notazure.com',
    '00000002-0000-0000-c000-000000000000',
  ])
    assert.equal(await isForeign(each, resources), false, each)
})
