import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '@aloft/kernel'
import fc from 'fast-check'
import { authorityOf, isOwnIssuer, issuerOf } from '../src/authority.ts'
import { assignedIdentity, servicePrincipalOf, systemIdentityOf } from '../src/directory.ts'
import { askedByApplication, askedByUser } from '../src/scopes.ts'

test('an application names its resource by a scope that ends in /.default, or plainly', () => {
  for (const [scope, audience] of [
    ['https://storage.azure.com/.default', 'https://storage.azure.com'],
    ['https://storage.azure.com//.default', 'https://storage.azure.com/'],
    ['api://orders/.default openid', 'api://orders'],
    ['e406a681-f3d4-42a8-90b6-c2b029497af1/.default', 'e406a681-f3d4-42a8-90b6-c2b029497af1'],
  ] as const)
    assert.equal(askedByApplication(scope, undefined).audience, audience)
  assert.equal(askedByApplication('ignored', 'https://a.example').audience, 'https://a.example')
})

test('what an application may not ask for is refused with its number', () => {
  for (const [scope, code] of [
    [undefined, 'MissingParameter'],
    ['openid', 'MissingParameter'],
    ['https://storage.azure.com/user_impersonation', 'ScopeWithoutDefault'],
    ['/.default', 'ScopeWithoutDefault'],
    ['api://a/.default api://b/.default', 'SeveralResources'],
  ] as const)
    assert.throws(() => askedByApplication(scope, undefined), { code })
})

test('a user is asked for permissions of one resource, of Graph when none is named', () => {
  assert.deepEqual(askedByUser('openid https://storage.azure.com/user_impersonation', undefined), {
    audience: 'https://storage.azure.com',
    permissions: ['user_impersonation'],
  })
  assert.deepEqual(askedByUser('User.Read Mail.Read offline_access', undefined), {
    audience: 'https://graph.microsoft.com',
    permissions: ['User.Read', 'Mail.Read'],
  })
  assert.throws(() => askedByUser('User.Read api://a/b', undefined), { code: 'SeveralResources' })
})

test('whatever is asked for, it is an audience or a refusal', () => {
  fc.assert(
    fc.property(fc.string(), (scope) => {
      for (const ask of [askedByApplication, askedByUser]) {
        try {
          assert.notEqual(ask(scope, undefined).audience, '')
        } catch (error) {
          assert.ok(error instanceof ServiceError)
        }
      }
    }),
  )
})

test('a tenant is a GUID, a domain, or one of the words that stand for any', () => {
  const origin = 'https://localhost:7443'
  for (const tenant of ['common', 'ADFS', 'contoso.onmicrosoft.com', 'A10F0000-0000-4000-8000-000000000009'])
    assert.ok(isOwnIssuer(issuerOf(authorityOf(tenant, origin), 2)), tenant)
  for (const tenant of ['', 'contoso', '..', 'a b.com', 'x'.repeat(300)])
    assert.throws(() => authorityOf(tenant, origin), { code: 'NoTenant' }, tenant)
})

test('issuers of others are not ours', () => {
  for (const issuer of ['', 'undefined', 'https://sts.windows.net/', 'https://login.example/tenant'])
    assert.equal(isOwnIssuer(issuer), false, issuer)
})

test('identities are the same at every start, and differ from one another', () => {
  const identities = [
    systemIdentityOf('shop'),
    systemIdentityOf('blog'),
    assignedIdentity('client', 'c'),
    assignedIdentity('object', 'o'),
    assignedIdentity('resource', '/subscriptions/r'),
  ]
  assert.deepEqual(systemIdentityOf('Shop'), identities[0])
  const ids = identities.flatMap(({ clientId, objectId }) => [clientId, objectId])
  assert.equal(new Set(ids).size, ids.length)
  assert.match(
    servicePrincipalOf('c'),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})
