import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AppNames, hostLabel } from '../../src/apps/index.ts'

const handlers = { handler: () => {}, direct: () => false }

test('an app is found by its name below localhost, or alone, with or without a port, in any case', () => {
  const names = new AppNames()
  names.add('shop', handlers)
  for (const host of ['shop.localhost:7071', 'shop.localhost', 'shop', 'shop:80', 'Shop.LocalHost:7071'])
    assert.equal(names.find(host), handlers, host)
})

test('other hosts name no app', () => {
  const names = new AppNames()
  names.add('shop', handlers)
  const others = [
    'localhost:7071',
    '127.0.0.1',
    '[::1]:7071',
    'a.shop.localhost',
    'shop.example.com',
    '',
    undefined,
  ]
  for (const host of others) assert.equal(names.find(host), undefined, host)
})

test('a removed name is free again', () => {
  const names = new AppNames()
  names.add('shop', handlers)
  names.remove('shop')
  assert.deepEqual([names.find('shop'), names.count], [undefined, 0])
})

test('folder names become labels of host names', () => {
  const labels = ['shop', 'My_App.Api', '-a-', 'Ünï', 'a'.repeat(70)].map(hostLabel)
  assert.deepEqual(labels, ['shop', 'my-app-api', 'a', 'n', 'a'.repeat(63)])
})

test('a label is one that every host name may have', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const label = hostLabel(name)
      if (label === undefined) return
      assert.match(label, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
      assert.equal(hostLabel(label), label)
    }),
  )
})

test('names that leave nothing, or mean the machine itself, give no label', () => {
  for (const name of ['', '...', '日本', 'localhost']) assert.equal(hostLabel(name), undefined)
})

test('a host id belongs to one app until it gives it back', () => {
  const names = new AppNames()
  const giveBack = names.claimHostId('box-1', 'shop')
  assert.throws(
    () => names.claimHostId('box-1', 'billing'),
    /The apps 'shop' and 'billing' have the same host id 'box-1'/,
  )
  giveBack()
  names.claimHostId('box-1', 'billing')
})
