import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { openTestIdentity } from './open-identity.ts'

async function json(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown>, response }
}

test('metadata leads to the endpoints of the same tenant and version', async (t) => {
  const { origin } = await openTestIdentity(t)
  const tenant = 'a10f0000-0000-4000-8000-00000000000a'
  const { body: second } = await json(`${origin}/${tenant}/v2.0/.well-known/openid-configuration`)
  assert.equal(second.issuer, `${origin}/${tenant}/v2.0`)
  assert.equal(second.token_endpoint, `${origin}/${tenant}/oauth2/v2.0/token`)
  assert.equal(second.jwks_uri, `${origin}/${tenant}/discovery/v2.0/keys`)
  const { body: adfs } = await json(`${origin}/adfs/.well-known/openid-configuration`)
  assert.equal(adfs.issuer, `${origin}/adfs`)
  assert.equal(adfs.token_endpoint, `${origin}/adfs/oauth2/token`)
})

test('of no certain tenant the issuer is a template, as Entra has it', async (t) => {
  const { origin } = await openTestIdentity(t)
  const { body } = await json(`${origin}/common/v2.0/.well-known/openid-configuration`)
  assert.equal(body.issuer, `${origin}/{tenantid}/v2.0`)
})

test('every endpoint that metadata names is there', async (t) => {
  const { origin } = await openTestIdentity(t)
  for (const path of ['common/v2.0', 'common', 'adfs']) {
    const { body } = await json(`${origin}/${path}/.well-known/openid-configuration`)
    for (const [name, url] of Object.entries(body)) {
      if (!/_endpoint$|_uri$/.test(name)) continue
      const get = await fetch(String(url), { redirect: 'manual' })
      const post = await fetch(String(url), { method: 'POST', body: new URLSearchParams() })
      assert.ok(
        [get.status, post.status].some((status) => status !== 404 && status !== 405),
        `${url}`,
      )
    }
  }
})

test('instance discovery knows this address alone', async (t) => {
  const { origin } = await openTestIdentity(t)
  const asked = encodeURIComponent(`${origin}/contoso.com/oauth2/v2.0/authorize`)
  const { body } = await json(
    `${origin}/common/discovery/instance?api-version=1.1&authorization_endpoint=${asked}`,
  )
  const { host } = new URL(origin)
  assert.deepEqual(body, {
    tenant_discovery_endpoint: `${origin}/contoso.com/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  })
})

test('addresses in metadata are those that the client has used', async (t) => {
  const { identity } = await openTestIdentity(t)
  const { body } = await json(`http://127.0.0.1:${identity.port}/common/.well-known/openid-configuration`)
  assert.equal(body.token_endpoint, `https://127.0.0.1:${identity.port}/common/oauth2/token`)
})

test('over plain http a name that is not of this machine gets nothing', async (t) => {
  const { identity } = await openTestIdentity(t)
  const status = await new Promise((resolve, reject) => {
    request({
      port: identity.port,
      path: '/common/discovery/keys',
      headers: { host: 'rebound.example' },
    })
      .on('response', (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end()
  })
  assert.equal(status, 400)
})

test('pages of this machine may read answers, others may not', async (t) => {
  const { origin } = await openTestIdentity(t)
  const allowed = async (page: string) => {
    const { response } = await json(`${origin}/common/discovery/keys`, { origin: page })
    return response.headers.get('access-control-allow-origin')
  }
  assert.equal(await allowed('http://localhost:3000'), 'http://localhost:3000')
  assert.equal(await allowed('https://example.org'), null)
})

test('a tenant that cannot be one is refused in the shape of Entra', async (t) => {
  const { origin } = await openTestIdentity(t)
  const { status, body } = await json(`${origin}/nonsense/v2.0/.well-known/openid-configuration`, {
    'client-request-id': 'my-id',
  })
  assert.equal(status, 400)
  assert.equal(body.error, 'invalid_request')
  assert.match(String(body.error_description), /^AADSTS900023: Specified tenant identifier 'nonsense' /)
  assert.deepEqual(body.error_codes, [900023])
  assert.equal(body.correlation_id, 'my-id')
  assert.match(String(body.timestamp), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
})
