import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openTestIdentity } from './open-identity.ts'

const names = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'scope',
  'resource',
  'code',
  'redirect_uri',
  'code_verifier',
  'code_challenge_method',
  'refresh_token',
  'device_code',
  'username',
  'response_type',
  'response_mode',
]
const values = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  'device_code',
  'password',
  'code',
  'http://localhost/x',
  'e30.e30.e30',
  'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOiJ4In0.AAAA',
  '/.default',
]
const form = fc.array(
  fc.tuple(fc.constantFrom(...names), fc.oneof(fc.constantFrom(...values), fc.string({ unit: 'binary' }))),
)
const path = fc.tuple(
  fc.constantFrom('common', 'adfs', 'x', '%00', 'a.b'),
  fc.constantFrom(
    'oauth2/v2.0/token',
    'oauth2/token',
    'oauth2/v2.0/authorize',
    'oauth2/devicecode',
    'v2.0/.well-known/openid-configuration',
    'discovery/keys',
    'oauth2/logout',
  ),
)

test('nothing that a client sends is a fault of the server', async (t) => {
  const { origin, faults } = await openTestIdentity(t)
  await fc.assert(
    fc.asyncProperty(path, form, fc.constantFrom('GET', 'POST'), async ([tenant, rest], pairs, method) => {
      const parameters = new URLSearchParams(pairs)
      const url = `${origin}/${tenant}/${rest}`
      const response =
        method === 'GET'
          ? await fetch(`${url}?${parameters}`, { redirect: 'manual' })
          : await fetch(url, { method, body: parameters, redirect: 'manual' })
      await response.arrayBuffer()
      assert.ok(response.status < 500, `${method} ${url} ${parameters}: ${response.status}`)
    }),
    { numRuns: 300 },
  )
  assert.deepEqual(faults, [])
})

test('bodies that are no form are refused', async (t) => {
  const { origin } = await openTestIdentity(t)
  const url = `${origin}/common/oauth2/v2.0/token`
  const post = async (body: string, type: string) => {
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } })
    const { error_codes } = (await response.json()) as { error_codes: number[] }
    return [response.status, ...error_codes]
  }
  assert.deepEqual(await post('{}', 'application/json'), [400, 90013])
  assert.deepEqual(await post('x'.repeat(70_000), 'application/x-www-form-urlencoded'), [400, 90013])
  assert.deepEqual(await post('grant_type=%ff%fe', 'application/x-www-form-urlencoded'), [400, 70003])
})

test('parameters of a managed identity may be anything', async (t) => {
  const { identity, faults } = await openTestIdentity(t)
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: secret } = identity.settingsOf('shop')
  const name = fc.constantFrom('api-version', 'resource', 'client_id', 'mi_res_id', 'principal_id')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, fc.string({ unit: 'binary' }))), async (pairs) => {
      const query = new URLSearchParams(pairs)
      const response = await fetch(`${endpoint}?${query}`, { headers: { 'X-IDENTITY-HEADER': secret } })
      await response.arrayBuffer()
      assert.ok(response.status < 500, String(query))
    }),
    { numRuns: 100 },
  )
  assert.deepEqual(faults, [])
})
