/** Host id, connections and worker runtime: what the settings say of an app. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Settings, UserError } from '@aloft/kernel'
import fc from 'fast-check'
import { resolveConnection } from '../../src/app/connections.ts'
import { determineHostId } from '../../src/app/host-id.ts'
import { customHandlerHost, type Files, loadFolder } from './app-folder.ts'

test('the host id is the setting, else site and slot, else machine and path', () => {
  const idOf = (settings: Record<string, string>) =>
    determineHostId(new Settings(settings), '/apps/shop', 'My-Box.local')
  assert.equal(idOf({ AzureFunctionsWebHost__hostid: 'my-host', WEBSITE_SITE_NAME: 'x' }), 'my-host')
  assert.equal(idOf({ WEBSITE_SITE_NAME: 'Shop' }), 'shop')
  assert.equal(idOf({ WEBSITE_SITE_NAME: 'Shop', WEBSITE_SLOT_NAME: 'Production' }), 'shop')
  assert.equal(idOf({ WEBSITE_SITE_NAME: 'Shop', WEBSITE_SLOT_NAME: 'Staging' }), 'shop-staging')
  assert.match(idOf({}), /^mybox-\d+$/)
})

test('the hash of the path is the one of the official host', () => {
  // hash = 23, then hash * 31 + code unit, in 32 bits: "ab" is (23 * 31 + 97) * 31 + 98.
  assert.equal(determineHostId(new Settings(), 'ab', 'box'), 'box-25208')
})

test('a host id that is not allowed is refused', () => {
  for (const id of ['Upper', '-a', 'a-', 'a--b', 'a'.repeat(33), 'a_b']) {
    const settings = new Settings({ AzureFunctionsWebHost__hostid: id })
    assert.throws(() => determineHostId(settings, '/', 'box'), UserError, id)
  }
})

test('local host ids are always allowed, and those of two folders differ', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (machine, path) => {
      const [one, other] = ['a', 'b'].map((folder) =>
        determineHostId(new Settings(), `/${path}/${folder}`, machine),
      )
      assert.match(one ?? '', /^[a-z0-9]+-[0-9]+$/)
      assert.ok(one && one.length <= 32)
      assert.notEqual(one, other)
    }),
  )
})

test('a connection is looked up with its prefix first, and among the connection strings before that', () => {
  const find = (settings: Record<string, string>) =>
    resolveConnection(new Settings(settings), 'Orders')?.connectionString
  const all = {
    Orders: '4',
    'ConnectionStrings:Orders': '3',
    AzureWebJobsOrders: '2',
    'ConnectionStrings:AzureWebJobsOrders': '1',
  }
  const { Orders, 'ConnectionStrings:Orders': named, AzureWebJobsOrders } = all
  assert.equal(find(all), '1')
  assert.equal(find({ Orders, 'ConnectionStrings:Orders': named, AzureWebJobsOrders }), '2')
  assert.equal(find({ Orders, 'ConnectionStrings:Orders': named }), '3')
  assert.equal(find({ ORDERS: '4' }), '4')
  assert.equal(find({ Orders: '' }), undefined)
})

test('UseDevelopmentStorage=true stays as it is', () => {
  const settings = new Settings({ AzureWebJobsStorage: 'UseDevelopmentStorage=true' })
  for (const name of ['AzureWebJobsStorage', 'Storage']) {
    assert.deepEqual(resolveConnection(settings, name), {
      name,
      connectionString: 'UseDevelopmentStorage=true',
      parts: {},
    })
  }
})

test('an identity connection has its parts in their documented spelling', () => {
  const settings = new Settings({
    Orders__FULLYQUALIFIEDNAMESPACE: 'ns.servicebus.windows.net',
    'orders:credential': 'managedidentity',
    Orders__clientid: 'id',
    Orders__custom: 'x',
    Orders__a__b: 'deeper',
    Ordersmore__tenantId: 'other',
  })
  assert.deepEqual(resolveConnection(settings, 'Orders'), {
    name: 'Orders',
    connectionString: undefined,
    parts: {
      fullyQualifiedNamespace: 'ns.servicebus.windows.net',
      credential: 'managedidentity',
      clientId: 'id',
      custom: 'x',
    },
  })
})

test('a connection that nobody set is none', () => {
  assert.equal(resolveConnection(new Settings({ Other: 'x' }), 'Orders'), undefined)
})

type Test = Parameters<typeof loadFolder>[0]
const load = (t: Test, files: Files, runtime: string | undefined) =>
  loadFolder(t, files, { environment: { FUNCTIONS_WORKER_RUNTIME: runtime } })

test('the runtime is the setting, in any case', async (t) => {
  assert.equal((await load(t, {}, 'Node')).runtime, 'node')
  assert.equal((await load(t, customHandlerHost, 'Custom')).runtime, 'custom')
})

test('a custom handler is what runs, whatever the setting says', async (t) => {
  const app = await load(t, customHandlerHost, 'dotnet')
  assert.equal(app.runtime, 'custom')
  assert.equal(app.workerEnvironment.FUNCTIONS_WORKER_RUNTIME, 'dotnet')
  assert.match(
    app.warnings.join(),
    /FUNCTIONS_WORKER_RUNTIME is 'dotnet', but host\.json has a custom handler/,
  )
})

test('without the setting the files tell the runtime, with a warning', async (t) => {
  const node = await load(t, {}, undefined)
  assert.equal(node.runtime, 'node')
  assert.equal(node.workerEnvironment.FUNCTIONS_WORKER_RUNTIME, 'node')
  assert.match(
    node.warnings.join(),
    /FUNCTIONS_WORKER_RUNTIME is not set; 'node' is used, judging by the files/,
  )
  const custom = await load(t, customHandlerHost, undefined)
  assert.equal(custom.runtime, 'custom')
})

test('a runtime that this host has no workers for is refused by name', async (t) => {
  await assert.rejects(load(t, {}, 'python'), /The worker runtime 'python' is not supported here/)
  await assert.rejects(load(t, {}, 'dotnet'), /In-process \.NET needs the \.NET host itself/)
  const python = await loadFolder(
    t,
    {},
    {
      environment: { FUNCTIONS_WORKER_RUNTIME: 'python' },
      runtimes: ['node', 'python'],
    },
  )
  assert.equal(python.runtime, 'python')
})

test('a runtime that does not exist is refused with those that do', async (t) => {
  await assert.rejects(
    load(t, {}, 'nodejs'),
    /FUNCTIONS_WORKER_RUNTIME is 'nodejs', but expected one of node, python/,
  )
})
