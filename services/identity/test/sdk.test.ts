import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AuthorizationCodeCredential,
  ClientAssertionCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  DeviceCodeCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
} from '@azure/identity'
import { decodeJwt, SignJWT } from 'jose'
import { developerClientId, developerClientSecret, tenantId } from '../src/directory.ts'
import { openTestIdentity } from './open-identity.ts'
import { verified } from './verified.ts'

const storage = 'https://storage.azure.com'
const scope = `${storage}/.default`

/** Sets variables of this process until the test ends. */
function setEnvironment(t: { after(undo: () => void): void }, values: Readonly<Record<string, string>>) {
  Object.assign(process.env, values)
  t.after(() => {
    for (const name of Object.keys(values)) delete process.env[name]
  })
}

test('credentials of registered applications work, with discovery switched off', async (t) => {
  const { origin } = await openTestIdentity(t)
  const options = { authorityHost: origin, disableInstanceDiscovery: true }
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new Uint8Array(32))
  for (const credential of [
    new ClientSecretCredential(tenantId, 'my-client', 'secret', options),
    new ClientAssertionCredential(tenantId, 'my-client', async () => assertion, options),
  ]) {
    const { token, expiresOnTimestamp } = await credential.getToken(scope)
    const claims = await verified(origin, token, storage)
    assert.equal(claims.appid, 'my-client')
    assert.ok(Math.abs(expiresOnTimestamp / 1000 - claims.exp!) < 5)
  }
})

test('credentials of users work: a device code, and a code from the browser', async (t) => {
  const { origin } = await openTestIdentity(t)
  const options = { authorityHost: origin, disableInstanceDiscovery: true }
  const prompts: string[] = []
  const device = new DeviceCodeCredential({
    ...options,
    tenantId,
    clientId: 'my-client',
    userPromptCallback: ({ userCode }) => void prompts.push(userCode),
  })
  assert.equal(decodeJwt((await device.getToken(scope)).token).idtyp, 'user')
  assert.deepEqual(prompts, ['ALOFT'])
  const redirect = 'http://localhost:3000/back'
  const query = new URLSearchParams({
    client_id: 'my-client',
    response_type: 'code',
    redirect_uri: redirect,
    scope: `openid ${scope}`,
  })
  const response = await fetch(`${origin}/${tenantId}/oauth2/v2.0/authorize?${query}`, { redirect: 'manual' })
  const code = new URL(response.headers.get('location')!).searchParams.get('code')!
  const browser = new AuthorizationCodeCredential(tenantId, 'my-client', code, redirect, options)
  assert.equal(decodeJwt((await browser.getToken(scope)).token).aud, storage)
})

test('DefaultAzureCredential works without a line of code when the authority is an ADFS', async (t) => {
  const { origin } = await openTestIdentity(t)
  setEnvironment(t, {
    AZURE_TENANT_ID: 'adfs',
    AZURE_AUTHORITY_HOST: origin,
    AZURE_CLIENT_ID: developerClientId,
    AZURE_CLIENT_SECRET: developerClientSecret,
  })
  for (const credential of [new DefaultAzureCredential(), new EnvironmentCredential()]) {
    const { token } = await credential.getToken(scope)
    const claims = await verified(origin, token, storage)
    assert.equal(claims.iss, `${origin}/adfs`)
    assert.equal(claims.tid, tenantId)
  }
})

test('ManagedIdentityCredential and DefaultAzureCredential find the identity of the app', async (t) => {
  const { origin, identity } = await openTestIdentity(t)
  setEnvironment(t, identity.settingsOf('shop'))
  const claims = await Promise.all(
    [new ManagedIdentityCredential(), new DefaultAzureCredential()].map(async (credential) =>
      verified(origin, (await credential.getToken(scope)).token, storage),
    ),
  )
  assert.equal(claims[0]!.oid, claims[1]!.oid)
  assert.equal(claims[0]!.exp! - claims[0]!.iat!, 86_400)
  const assigned = new ManagedIdentityCredential({ clientId: 'assigned' })
  assert.equal(decodeJwt((await assigned.getToken(scope)).token).appid, 'assigned')
})

test('a managed identity that is refused leaves the turn to the next credential', async (t) => {
  const { identity } = await openTestIdentity(t)
  setEnvironment(t, { ...identity.settingsOf('shop'), IDENTITY_HEADER: 'wrong' })
  // Of another resource, since the library remembers tokens for the whole process.
  await assert.rejects(new ManagedIdentityCredential().getToken('api://refused/.default'), {
    name: 'CredentialUnavailableError',
  })
})
