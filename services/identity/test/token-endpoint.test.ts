import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { decodeJwt, SignJWT } from 'jose'
import { openTestIdentity, postForm } from './open-identity.ts'
import { verified } from './verified.ts'

const storage = 'https://storage.azure.com'
const client = { client_id: 'my-client', client_secret: 'anything' }
const redirectUri = 'http://localhost:3000/back'

test('a client with a secret gets a token for itself that others can verify', async (t) => {
  const { origin } = await openTestIdentity(t)
  const tenant = 'b20f0000-0000-4000-8000-00000000000b'
  const { status, body } = await postForm(`${origin}/${tenant}/oauth2/v2.0/token`, {
    ...client,
    grant_type: 'client_credentials',
    scope: `${storage}/.default`,
  })
  assert.equal(status, 200)
  const { access_token, ...rest } = body
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600 })
  const claims = await verified(origin, String(access_token), storage)
  assert.equal(claims.iss, `${origin}/${tenant}/v2.0`)
  assert.equal(claims.exp! - claims.iat!, 3600)
  const { tid, appid, azp, idtyp, roles, ver } = claims
  assert.deepEqual(
    { tid, appid, azp, idtyp, roles, ver },
    { tid: tenant, appid: 'my-client', azp: 'my-client', idtyp: 'app', roles: [], ver: '2.0' },
  )
  assert.equal(claims.oid, claims.sub)
})

test('version 1 takes a resource and writes numbers as text', async (t) => {
  const { origin } = await openTestIdentity(t)
  const { body } = await postForm(`${origin}/common/oauth2/token`, {
    ...client,
    grant_type: 'client_credentials',
    resource: storage,
  })
  assert.equal(body.resource, storage)
  assert.equal(body.expires_in, '3600')
  const claims = await verified(origin, String(body.access_token), storage)
  assert.equal(body.expires_on, String(claims.exp))
  assert.equal(claims.ver, '1.0')
})

test('the secret may come in a header', async (t) => {
  const { origin } = await openTestIdentity(t)
  const Authorization = `Basic ${Buffer.from('a%3Ab:s%26t').toString('base64')}`
  const form = { grant_type: 'client_credentials', scope: 'api://x/.default' }
  const { body } = await postForm(`${origin}/common/oauth2/v2.0/token`, form, { Authorization })
  assert.equal(decodeJwt(String(body.access_token)).appid, 'a:b')
})

test('what a client leaves out or gets wrong has the number of Entra', async (t) => {
  const { origin } = await openTestIdentity(t)
  const good = { ...client, grant_type: 'client_credentials', scope: `${storage}/.default` }
  const cases: [Record<string, string>, number, string, number][] = [
    [{}, 400, 'invalid_request', 900144],
    [{ ...good, grant_type: 'magic' }, 400, 'unsupported_grant_type', 70003],
    [{ ...good, client_id: '' }, 400, 'invalid_request', 900144],
    [{ ...good, client_secret: '' }, 401, 'invalid_client', 7000216],
    [{ ...good, scope: '' }, 400, 'invalid_request', 900144],
    [{ ...good, scope: storage }, 400, 'invalid_scope', 1002012],
    [{ ...good, client_assertion: 'no token' }, 401, 'invalid_client', 50027],
    [{ ...client, grant_type: 'refresh_token', refresh_token: 'x' }, 400, 'invalid_grant', 9002313],
    [
      { ...client, grant_type: 'authorization_code', code: 'x', redirect_uri: 'y' },
      400,
      'invalid_grant',
      9002313,
    ],
    [{ ...client, grant_type: 'device_code', device_code: 'x' }, 400, 'invalid_grant', 9002313],
    [{ ...client, grant_type: 'password', username: 'a' }, 400, 'invalid_request', 900144],
  ]
  for (const [form, status, error, number] of cases) {
    const answer = await postForm(`${origin}/common/oauth2/v2.0/token`, form)
    const { error_codes: codes } = answer.body
    assert.deepEqual(
      [answer.status, answer.body.error, codes],
      [status, error, [number]],
      JSON.stringify(form),
    )
    assert.match(String(answer.body.error_description), new RegExp(`^AADSTS${number}: `))
  }
})

test('an assertion stands in for the secret while it is in date', async (t) => {
  const { origin } = await openTestIdentity(t)
  const assertionOf = (life: number) =>
    new SignJWT({ sub: 'my-client' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + life)
      .sign(new Uint8Array(32))
  const ask = async (life: number) =>
    postForm(`${origin}/common/oauth2/v2.0/token`, {
      client_id: 'my-client',
      grant_type: 'client_credentials',
      scope: 'api://x/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertionOf(life),
    })
  const { body } = await ask(600)
  assert.equal(decodeJwt(String(body.access_token)).azpacr, '2')
  assert.deepEqual((await ask(-3600)).body.error_codes, [700024])
})

/** Asks for a code as a browser does, and gives what the client is sent. */
async function codeFrom(origin: string, more: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id: 'my-client',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: `openid offline_access ${storage}/user_impersonation`,
    state: 's 1',
    nonce: 'n',
    ...more,
  })
  const response = await fetch(`${origin}/common/oauth2/v2.0/authorize?${query}`, { redirect: 'manual' })
  assert.equal(response.status, 302)
  return new URL(response.headers.get('location')!)
}

test('a code is redeemed once, by who can verify itself, for tokens of the user', async (t) => {
  const { origin } = await openTestIdentity(t)
  const verifier = 'v'.repeat(43)
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const back = await codeFrom(origin, { code_challenge: challenge, code_challenge_method: 'S256' })
  assert.equal(back.searchParams.get('state'), 's 1')
  const form = {
    client_id: 'my-client',
    grant_type: 'authorization_code',
    redirect_uri: redirectUri,
    code: back.searchParams.get('code')!,
    code_verifier: verifier,
  }
  const { status, body } = await postForm(`${origin}/common/oauth2/v2.0/token`, form)
  assert.equal(status, 200)
  const claims = await verified(origin, String(body.access_token), storage)
  assert.deepEqual([claims.idtyp, claims.scp], ['user', 'user_impersonation'])
  const id = await verified(origin, String(body.id_token), 'my-client')
  assert.deepEqual([id.nonce, id.oid], ['n', claims.oid])
  const again = await postForm(`${origin}/common/oauth2/v2.0/token`, form)
  assert.deepEqual(again.body.error_codes, [54005])
})

test('a code is not redeemed with another verifier, address or client', async (t) => {
  const { origin } = await openTestIdentity(t)
  const redeem = async (more: Record<string, string>) => {
    const back = await codeFrom(origin, { code_challenge: 'plain text' })
    const { body } = await postForm(`${origin}/common/oauth2/v2.0/token`, {
      client_id: 'my-client',
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      code: back.searchParams.get('code')!,
      code_verifier: 'plain text',
      ...more,
    })
    return body.error_codes
  }
  assert.deepEqual(await redeem({ code_verifier: 'other' }), [501481])
  assert.deepEqual(await redeem({ redirect_uri: 'http://localhost:3000/other' }), [500112])
  assert.deepEqual(await redeem({ client_id: 'other' }), [9002313])
  assert.equal(await redeem({}), undefined)
})

test('a browser is sent back to this machine alone', async (t) => {
  const { origin } = await openTestIdentity(t)
  for (const address of ['https://example.org/back', 'javascript:alert(1)', 'nonsense']) {
    const query = new URLSearchParams({ client_id: 'c', response_type: 'code', redirect_uri: address })
    const response = await fetch(`${origin}/common/oauth2/v2.0/authorize?${query}`, { redirect: 'manual' })
    assert.equal(response.status, 400, address)
    assert.deepEqual(((await response.json()) as { error_codes: number[] }).error_codes, [50011])
  }
})

test('what is wrong with a request for a code is told to the client, in the way that it asked for', async (t) => {
  const { origin } = await openTestIdentity(t)
  const back = await codeFrom(origin, { response_type: 'id_token', response_mode: 'fragment' })
  const told = new URLSearchParams(back.hash.slice(1))
  assert.deepEqual([told.get('error'), told.get('state')], ['unsupported_response_type', 's 1'])
  assert.match(told.get('error_description') ?? '', /^AADSTS700051: /)
})

test('a page that posts the code to the client shows nothing that the client wrote', async (t) => {
  const { origin } = await openTestIdentity(t)
  const query = new URLSearchParams({
    client_id: 'c',
    response_type: 'code',
    response_mode: 'form_post',
    redirect_uri: redirectUri,
    state: '"><script>',
  })
  const response = await fetch(`${origin}/common/oauth2/v2.0/authorize?${query}`)
  const page = await response.text()
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.ok(!page.includes('"><script>'))
  assert.match(page, /name="code"/)
})

test('a refresh token gets tokens for other resources, also after a restart, until it expires', async (t) => {
  const clock = new VirtualClock()
  const { origin, directory, identity } = await openTestIdentity(t, { clock })
  const { body } = await postForm(`${origin}/common/oauth2/v2.0/token`, {
    client_id: 'my-client',
    grant_type: 'password',
    username: 'ada@example.org',
    password: 'p',
    scope: `${storage}/.default offline_access`,
  })
  await identity.close()
  const second = await openTestIdentity(t, { clock, directory })
  const refresh = () =>
    postForm(`${second.origin}/common/oauth2/v2.0/token`, {
      client_id: 'my-client',
      grant_type: 'refresh_token',
      refresh_token: String(body.refresh_token),
      scope: 'api://orders/Read',
    })
  const claims = decodeJwt(String((await refresh()).body.access_token))
  assert.deepEqual([claims.aud, claims.scp, claims.upn], ['api://orders', 'Read', 'ada@example.org'])
  await clock.advance(91 * 86_400_000)
  assert.deepEqual((await refresh()).body.error_codes, [70008])
})

test('a device code is good at once, and not for long', async (t) => {
  const clock = new VirtualClock()
  const { origin } = await openTestIdentity(t, { clock })
  const code = async () => {
    const form = { client_id: 'my-client', scope: `${storage}/.default` }
    const { body } = await postForm(`${origin}/common/oauth2/v2.0/devicecode`, form)
    return String(body.device_code)
  }
  const redeem = (device_code: string) =>
    postForm(`${origin}/common/oauth2/v2.0/token`, {
      client_id: 'my-client',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code,
    })
  const first = await redeem(await code())
  assert.equal(decodeJwt(String(first.body.access_token)).aud, storage)
  const late = await code()
  await clock.advance(901_000)
  const { body } = await redeem(late)
  assert.deepEqual([body.error, body.error_codes], ['expired_token', [70020]])
})
