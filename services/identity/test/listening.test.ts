import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { readPort } from '../src/address-file.ts'
import { openTestIdentity, temporaryDirectory } from './open-identity.ts'

test('a data folder keeps its address', async (t) => {
  const first = await openTestIdentity(t)
  await first.identity.close()
  const second = await openTestIdentity(t, { directory: first.directory, port: undefined })
  assert.equal(second.origin, first.origin)
})

test('when another program has the port, a free one is taken and kept', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'identity.port'), `${port}\n`)
  const { identity } = await openTestIdentity(t, { directory, port: undefined })
  assert.notEqual(identity.port, port)
  assert.equal(await readPort(directory), identity.port)
  await assert.rejects(openTestIdentity(t, { directory, port }), {
    name: 'UserError',
    hint: /--identity-port/,
  })
})

test('without a usable record the usual port is tried', async (t) => {
  const directory = await temporaryDirectory(t)
  assert.equal(await readPort(directory), 7443)
  for (const text of ['', '0\n', '99999\n', 'x\n']) {
    await writeFile(join(directory, 'identity.port'), text)
    assert.equal(await readPort(directory), 7443)
  }
})

test('nothing is made or read before somebody asks', async (t) => {
  const { directory, origin } = await openTestIdentity(t)
  const keyFile = join(directory, 'identity.key')
  await assert.rejects(readFile(keyFile), { code: 'ENOENT' })
  await fetch(`${origin}/common/discovery/keys`)
  assert.match(await readFile(keyFile, 'utf8'), /^-----BEGIN PRIVATE KEY-----/)
})

test('a key that cannot be read is a fault that is told, and mended without a restart', async (t) => {
  const { directory, origin, faults } = await openTestIdentity(t)
  const keyFile = join(directory, 'identity.key')
  await writeFile(keyFile, 'nonsense')
  const keys = () => fetch(`${origin}/common/discovery/keys`).then(({ status }) => status)
  assert.equal(await keys(), 500)
  assert.equal(faults.length, 1)
  await rm(keyFile)
  assert.equal(await keys(), 200)
})
