import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { InvocationInput, Logger } from '@aloft/kernel'
import { runByHand } from '../../src/admin/index.ts'
import { BindingRegistry } from '../../src/binding-registry.ts'
import { functionDefinition } from '../http/fixture.ts'
import { startAdmin } from './fixture.ts'

test('functions are listed as Azure lists them', async () => {
  await using at = await startAdmin()
  const [status, body] = await at.ask('GET', '/admin/functions')
  const [orders, nightly] = body as Record<string, unknown>[]
  assert.equal(status, 200)
  assert.deepEqual(orders, {
    name: 'Orders',
    script_root_path_href: null,
    script_href: null,
    config_href: null,
    test_data_href: `https://localhost:7071/admin/vfs${at.target.testDataFolder}/Orders.dat`,
    href: 'https://localhost:7071/admin/functions/Orders',
    invoke_url_template: 'https://localhost:7071/api/orders/{id?}',
    language: 'node',
    config: {
      name: 'Orders',
      entryPoint: '',
      scriptFile: '/app/Orders.js',
      language: 'node',
      functionDirectory: '/app',
      bindings: [
        {
          name: 'req',
          type: 'httpTrigger',
          direction: 'in',
          authLevel: 'anonymous',
          route: 'Orders/{id?}',
          methods: ['get'],
        },
      ],
    },
    files: null,
    test_data: '',
    isDisabled: false,
    isDirect: false,
    isProxy: false,
  })
  assert.deepEqual([nightly?.isDisabled, nightly?.invoke_url_template], [true, null])
})

test('one function is found whatever the case of its name', async () => {
  await using at = await startAdmin()
  const [status, body] = await at.ask('GET', '/admin/functions/ORDERS')
  assert.deepEqual([status, (body as { name: string }).name], [200, 'Orders'])
  assert.deepEqual(await at.ask('GET', '/admin/functions/none'), [404, ''])
})

test('one function is told with links to where it was asked for', async () => {
  await using at = await startAdmin()
  const [, body] = await at.ask('GET', '/admin/functions/orders')
  const { href, invoke_url_template } = body as Record<string, string>
  assert.deepEqual(
    [href, invoke_url_template],
    [`${at.url}/admin/functions/Orders`, `${at.url}/api/orders/{id?}`],
  )
})

test('a function of a folder shows its function.json as it stands there', async () => {
  await using at = await startAdmin()
  const folder = join(at.rootDirectory, 'nightly')
  await mkdir(folder)
  await writeFile(join(folder, 'function.json'), '\uFEFF{ "bindings": [], /* ours */ "disabled": true }')
  const [, body] = await at.ask('GET', '/admin/functions/nightly')
  assert.deepEqual((body as { config: unknown }).config, { bindings: [], disabled: true })
})

test('the status of a function names its errors', async () => {
  await using at = await startAdmin()
  assert.deepEqual(await at.ask('GET', '/admin/functions/broken/status'), [
    200,
    { errors: ['The route template is invalid.'] },
  ])
  assert.deepEqual(await at.ask('GET', '/admin/functions/orders/status'), [200, {}])
  assert.deepEqual(await at.ask('GET', '/admin/functions/none/status'), [404, ''])
})

test('a function is started with the input and the call does not wait for it', async () => {
  await using at = await startAdmin()
  assert.deepEqual(await at.ask('POST', '/admin/functions/nightly', '{"input":"text"}'), [202, ''])
  assert.deepEqual(await at.ask('POST', '/admin/functions/NIGHTLY', '{"Input":{"a":1}}'), [202, ''])
  assert.deepEqual(await at.ask('POST', '/admin/functions/nightly', '{}'), [202, ''])
  assert.deepEqual(at.target.calls, ['run nightly text', 'run nightly {"a":1}', 'run nightly '])
})

test('bad JSON is 400, an unknown function 404, an app that does not run 503', async () => {
  await using at = await startAdmin()
  for (const body of ['', 'text', '"text"', '[]', 'null', '{'])
    assert.equal((await at.ask('POST', '/admin/functions/nightly', body))[0], 400, body)
  assert.deepEqual(await at.ask('POST', '/admin/functions/none', '{}'), [404, ''])
  at.target.state = 'Starting'
  assert.equal((await at.ask('POST', '/admin/functions/nightly', '{}'))[0], 503)
  assert.deepEqual(at.target.calls, [])
})

test('a function that could not be started is logged', async () => {
  await using at = await startAdmin()
  at.target.failure = new Error('no worker')
  assert.equal((await at.ask('POST', '/admin/functions/nightly', '{}'))[0], 202)
  assert.equal(at.logged.at(-1)?.message, "The function 'nightly' could not be run by hand: no worker")
})

test('by hand, a trigger decides what becomes of the text, HTTP functions get a request', async () => {
  await using at = await startAdmin()
  const inputs: InvocationInput[] = []
  const run = (trigger: Record<string, unknown>, input: string) =>
    runByHand(
      {
        configuration: at.target.configuration,
        hostName: 'localhost:7071',
        log: {} as Logger,
        registry: new BindingRegistry([
          {
            triggers: [
              {
                type: 'special',
                listen: () => ({ start: async () => undefined, stop: async () => undefined }),
                manualInput: async (_context, text) => ({ data: { int: Number(text) } }),
              },
            ],
          },
        ]),
        invoker: {
          invoke: async (_name, given) => {
            inputs.push(given)
            return {
              invocationId: '',
              status: 'succeeded',
              returnValue: undefined,
              error: undefined,
              durationMs: 0,
            }
          },
        },
      },
      functionDefinition('F', { trigger }),
      input,
    )
  await run({ type: 'queueTrigger' }, 'plain')
  await run({ type: 'Special' }, '7')
  await run({ route: 'r' }, '{"a":1}')
  const reason = 'This function was programmatically called via the host APIs.'
  assert.deepEqual(inputs, [
    { data: { string: 'plain' }, reason },
    { data: { int: 7 }, reason },
    {
      data: {
        http: {
          method: 'POST',
          url: 'http://localhost:7071/api/r',
          headers: { host: 'localhost:7071', 'content-length': '7', 'content-type': 'application/json' },
          params: {},
          query: {},
          body: { bytes: Buffer.from('{"a":1}') },
        },
      },
      reason,
    },
  ])
})
