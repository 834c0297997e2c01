import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdminFixture, startAdmin } from './fixture.ts'

interface KeyModel {
  readonly name: string
  readonly value: string
}

async function names(at: AdminFixture, path: string): Promise<string[]> {
  const [status, body] = await at.ask('GET', path)
  assert.equal(status, 200)
  return (body as { keys: KeyModel[] }).keys.map((key) => key.name)
}

test('keys are listed with a link to themselves', async () => {
  await using at = await startAdmin()
  const keys = at.keys.list({ kind: 'host' })
  for (const path of ['/admin/host/keys', '/admin/host/functionkeys'])
    assert.deepEqual(await at.ask('GET', path), [
      200,
      { keys, links: [{ rel: 'self', href: at.url + path }] },
    ])
  assert.deepEqual(await names(at, '/admin/host/systemkeys'), [])
})

test('a function has a default key as soon as somebody asks', async () => {
  await using at = await startAdmin()
  assert.deepEqual(await names(at, '/admin/functions/orders/keys'), ['default'])
  const [, body] = await at.ask('GET', '/admin/functions/Orders/keys/DEFAULT')
  assert.equal(at.keys.levelOf((body as KeyModel).value, 'orders'), 'function')
  assert.deepEqual(await at.ask('GET', '/admin/functions/none/keys'), [404, ''])
  assert.deepEqual(await at.ask('POST', '/admin/functions/none/keys/x'), [404, ''])
})

for (const path of ['/admin/host/keys', '/admin/host/systemkeys', '/admin/functions/Orders/keys']) {
  test(`keys below ${path} are made, renewed, set, read and deleted`, async () => {
    await using at = await startAdmin()
    const url = `${path}/partner`
    const links = [{ rel: 'self', href: at.url + url }]
    const [created, first] = await at.ask('POST', url)
    const [renewed, second] = await at.ask('POST', url)
    assert.deepEqual([created, renewed], [201, 200])
    assert.notEqual((first as KeyModel).value, (second as KeyModel).value)
    const body = JSON.stringify({ name: 'partner', value: 'my-value' })
    assert.deepEqual(await at.ask('PUT', url, body), [200, { name: 'partner', value: 'my-value', links }])
    assert.deepEqual(await at.ask('GET', url), [200, { name: 'partner', value: 'my-value', links }])
    assert.ok((await names(at, path)).includes('partner'))
    assert.deepEqual(await at.ask('DELETE', url), [204, ''])
    assert.deepEqual(await at.ask('DELETE', url), [404, ''])
    assert.deepEqual(await at.ask('GET', url), [404, ''])
    assert.equal((await at.ask('PUT', url, body))[0], 201)
  })
}

test('a key without a value is 400', async () => {
  await using at = await startAdmin()
  for (const body of ['', '{}', 'null', '{"value":""}', '{"value":5}', '"x"'])
    assert.deepEqual(await at.ask('PUT', '/admin/host/keys/x', body), [400, 'Invalid key value'], body)
})

test('the master key is read under system keys only and never deleted', async () => {
  await using at = await startAdmin()
  const [status, body] = await at.ask('GET', '/admin/host/systemkeys/_master')
  assert.deepEqual([status, (body as KeyModel).value], [200, at.keys.masterKey])
  assert.deepEqual(await at.ask('GET', '/admin/host/keys/_master'), [404, ''])
  for (const path of ['host/keys', 'host/systemkeys', 'functions/Orders/keys'])
    assert.deepEqual(
      await at.ask('DELETE', `/admin/${path}/_Master`),
      [400, 'Cannot delete System Key.'],
      path,
    )
})

test('the master key is renewed, and the old one opens nothing any more', async () => {
  await using at = await startAdmin()
  const old = at.keys.masterKey
  const [renewed, body] = await at.ask('POST', '/admin/host/systemkeys/_master')
  assert.equal(renewed, 201)
  assert.equal((body as KeyModel).value, at.keys.masterKey)
  assert.notEqual(at.keys.masterKey, old)
  const response = await fetch(`${at.url}/admin/host/status`, { headers: { 'x-functions-key': old } })
  assert.equal(response.status, 401)
  const [set] = await at.ask('PUT', '/admin/host/keys/_master', '{"value":"chosen"}')
  assert.equal(set, 200)
  assert.equal(at.keys.masterKey, 'chosen')
})
