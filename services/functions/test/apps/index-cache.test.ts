import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RpcFunctionMetadata } from '@aloft/wire'
import { IndexCache, isSameRegistration } from '../../src/apps/index.ts'
import { sqliteDatabase } from '../keys/sqlite-database.ts'

function metadata(name: string, binding: object = {}): RpcFunctionMetadata {
  const rawBindings = [JSON.stringify({ name: 'request', type: 'httpTrigger', ...binding })]
  return { name, functionId: name, rawBindings, bindings: {} }
}

function registrationOf(...functions: RpcFunctionMetadata[]) {
  return { functions, capabilities: {} }
}

test('what an app registered is found by its files', async () => {
  const cache = new IndexCache({ database: sqliteDatabase() })
  const registration = registrationOf(metadata('orders'), metadata('stock'))
  await cache.store('shop', 'files 1', registration)
  assert.deepEqual(await cache.find('shop', 'files 1'), registration)
})

test('other files, or another app, have nothing to be found', async () => {
  const cache = new IndexCache({ database: sqliteDatabase() })
  await cache.store('shop', 'files 1', registrationOf(metadata('orders')))
  assert.equal(await cache.find('shop', 'files 2'), undefined)
  assert.equal(await cache.find('billing', 'files 1'), undefined)
})

test('an app is kept once', async () => {
  const cache = new IndexCache({ database: sqliteDatabase() })
  await cache.store('shop', 'files 1', registrationOf(metadata('orders')))
  await cache.store('shop', 'files 2', registrationOf(metadata('stock')))
  assert.equal(await cache.find('shop', 'files 1'), undefined)
  assert.equal((await cache.find('shop', 'files 2'))?.functions[0]?.name, 'stock')
})

test('registrations are the same in any order, and differ by every detail', () => {
  const [orders, stock] = [metadata('orders'), metadata('stock')]
  assert.ok(isSameRegistration(registrationOf(orders, stock), registrationOf(stock, orders)))
  assert.ok(!isSameRegistration(registrationOf(orders, stock), registrationOf(orders)))
  assert.ok(!isSameRegistration(registrationOf(orders), registrationOf(metadata('orders', { route: 'x' }))))
})
