import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import { type TestContext, test } from 'node:test'
import { environmentCredential } from '../../src/functions/token-credential.ts'
import { appContext } from './app-context.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string
  readonly identityHeader: string | undefined
  readonly body: string
}

/** A server that gives tokens, or `status`. */
async function tokenServer(t: TestContext, answer: object, status = 200) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    seen.push(await read(request))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => void server.close())
  const address = server.address()
  return { seen, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` }
}

async function read(request: IncomingMessage): Promise<Seen> {
  let body = ''
  for await (const chunk of request) body += chunk
  const { method, url = '', headers } = request
  return { method, url, identityHeader: headers['x-identity-header']?.toString(), body }
}

const scope = 'https://storage.azure.com/.default'
const azure = 'https://acct.blob.core.windows.net'

test('an app registration gets its token with its secret', async (t) => {
  const { seen, url } = await tokenServer(t, { access_token: 'abc', expires_in: 3600 })
  const app = appContext({
    settings: { AZURE_AUTHORITY_HOST: `${url}/`, AZURE_CLIENT_ID: 'id', AZURE_CLIENT_SECRET: 's&t' },
  })
  const { token, expiresOnTimestamp } = await environmentCredential(
    app,
    'C',
    { tenantId: 'tenant' },
    azure,
  ).getToken(scope)
  assert.deepEqual([token, expiresOnTimestamp], ['abc', app.clock.now() + 3_600_000])
  assert.equal(seen[0]?.url, '/tenant/oauth2/v2.0/token')
  assert.deepEqual(Object.fromEntries(new URLSearchParams(seen[0]?.body)), {
    grant_type: 'client_credentials',
    client_id: 'id',
    client_secret: 's&t',
    scope,
  })
})

test('a managed identity gets its token from its endpoint', async (t) => {
  const { seen, url } = await tokenServer(t, { access_token: 'abc', expires_on: '1767229200' })
  const app = appContext({ settings: { IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: 'h' } })
  const credential = environmentCredential(app, 'C', { clientId: 'user-assigned' }, azure)
  assert.deepEqual(await credential.getToken([scope]), {
    token: 'abc',
    expiresOnTimestamp: 1_767_229_200_000,
  })
  assert.equal(seen[0]?.identityHeader, 'h')
  const query = new URL(seen[0]?.url ?? '', url).searchParams
  assert.deepEqual(
    [query.get('resource'), query.get('client_id')],
    ['https://storage.azure.com', 'user-assigned'],
  )
})

test('a connection may insist on a managed identity', async (t) => {
  const { seen, url } = await tokenServer(t, { access_token: 'abc', expires_on: '1767229200' })
  const registered = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' }
  const insisting = { credential: 'ManagedIdentity', managedIdentityResourceId: '/subscriptions/x' }
  const app = appContext({
    settings: { ...registered, IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: 'h' },
  })
  await environmentCredential(app, 'C', insisting, azure).getToken(scope)
  const query = new URL(seen[0]?.url ?? '', url).searchParams
  assert.deepEqual([query.get('client_id'), query.get('mi_res_id')], [null, '/subscriptions/x'])
  assert.throws(() => environmentCredential(appContext({ settings: registered }), 'C', insisting, azure), {
    name: 'UserError',
    hint: /--no-identity/,
  })
})

test('a token of this machine is not sent to Azure', async (t) => {
  const claims = Buffer.from('{"iss":"https://localhost:7443/tenant/"}').toString('base64url')
  const { url } = await tokenServer(t, { access_token: `e30.${claims}.x`, expires_on: '1767229200' })
  const app = appContext({ settings: { IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: 'h' } })
  const ask = (target: string) => environmentCredential(app, 'C', {}, target).getToken(scope)
  await assert.rejects(ask(azure), /acct\.blob\.core\.windows\.net does not take/)
  assert.equal((await ask('https://storage.example')).expiresOnTimestamp, 1_767_229_200_000)
})

test('a refusal says why, when it does', async (t) => {
  const { url } = await tokenServer(t, { statusCode: 400, message: 'No such identity.' }, 400)
  const app = appContext({ settings: { IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: 'h' } })
  await assert.rejects(environmentCredential(app, 'C', {}, azure).getToken(scope), {
    message: `No token was given (400 from ${new URL(url).host}): No such identity.`,
  })
})

test('a refusal says who refused, and nothing of the secret', async (t) => {
  const { url } = await tokenServer(t, { error: 'invalid_client' }, 401)
  const app = appContext({
    settings: {
      AZURE_AUTHORITY_HOST: url,
      AZURE_TENANT_ID: 't',
      AZURE_CLIENT_ID: 'c',
      AZURE_CLIENT_SECRET: 'hidden',
    },
  })
  await assert.rejects(environmentCredential(app, 'C', {}, azure).getToken(scope), {
    message: `No token was given (401 from ${new URL(url).host}).`,
  })
})
