/** Hooks, and the module `@azure/functions-core` behind them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StartedApp, started } from './worker-process.ts'

const value = (app: StartedApp, text: string) => app.run('run', { string: text })
const userLogs = (app: StartedApp) =>
  app.worker.logs
    .filter(({ logCategory }) => logCategory === 'user')
    .map(({ level, message }) => `${level} ${message}`)

test('hooks before and after see and change inputs, callback and result', async () => {
  await using app = await started('hooks')
  const readOnly = "TypeError: Cannot assign to read only property 'invocationContext'"
  const { returnValue } = await value(app, 'a')
  assert.deepEqual(JSON.parse(returnValue!.json!), { result: 'a!', seen: ['pre', readOnly] })
  const swapped = await value(app, 'swap')
  assert.equal(JSON.parse(swapped.returnValue!.json!).result, 'swapped swap!')
})

test('the data of hooks belongs to one invocation', async () => {
  await using app = await started('hooks')
  const results = await Promise.all(['a', 'b', 'c'].map((text) => value(app, text)))
  for (const { returnValue } of results) assert.equal(JSON.parse(returnValue!.json!).seen.length, 2)
})

test('an error of a hook before the function fails the invocation', async () => {
  await using app = await started('hooks')
  assert.equal((await value(app, 'stop')).error!.message, 'stopped by a hook')
})

test('a hook after the function may turn an error into a result, and a result into an error', async () => {
  await using app = await started('hooks')
  const mended = await value(app, 'mend')
  assert.deepEqual([mended.error, mended.returnValue], [undefined, { string: 'mended' }])
  assert.equal((await value(app, 'break')).error!.message, 'broken by a hook')
})

test('log hooks change user logs only, and their errors change nothing', async () => {
  await using app = await started('hooks')
  await value(app, 'a')
  assert.deepEqual(userLogs(app), [
    'information in preInvocation',
    'error *** loud who run',
    'warning bad hook',
    'information in postInvocation',
  ])
  assert.ok(app.worker.logs.every(({ message }) => message !== 'changed system log'))
})

test('running hooks is logged', async () => {
  await using app = await started('hooks')
  await value(app, 'a')
  const messages = app.worker.logs.map(({ message }) => message)
  for (const expected of [
    'Executing 1 "appStart" hooks',
    'Executed "appStart" hooks',
    'Executing 2 "preInvocation" hooks',
    'Executed "preInvocation" hooks',
    'Executing 1 "postInvocation" hooks',
  ])
    assert.ok(messages.includes(expected), expected)
})

test('hooks of the app share their data, and the worker ends when the last of them has', async () => {
  await using app = await started('hooks')
  assert.deepEqual(await app.worker.terminate(), { code: 0, signal: null })
  assert.equal(
    app.worker.stdout,
    "appStart TypeError: Cannot assign to read only property 'hookData'\nappTerminate start\n",
  )
})

test('the core module is complete, the same everywhere, and guards its rules', async () => {
  await using app = await started('core')
  const report = JSON.parse((await app.http('report')).text)
  assert.deepEqual(report, {
    names: [
      'Disposable',
      'getProgrammingModel',
      'hostVersion',
      'log',
      'registerFunction',
      'registerHook',
      'setProgrammingModel',
      'version',
    ],
    versions: ['string', '4.1037.0'],
    before: ['@azure/functions', '3.5.1'],
    after: '4.16.5',
    sameModule: true,
    duplicate: [
      ['Error', 'A function with id "report" has already been registered.', true],
      ['RangeError', 'Unexpected value "sideways" for type "CoreRpcBindingDirection"', true],
      ['RangeError', 'Unrecognized hook "never"', true],
    ],
    late: ['Error', 'A function can only be registered during app startup.', true],
    setup: ['Error', "Setup options can't be changed after app startup has finished.", true],
    argv: report.argv,
  })
  const uri = report.argv[report.argv.indexOf('--functions-uri') + 1]
  assert.equal(uri, 'http://127.0.0.1:9/')
  assert.deepEqual(
    app.initialized.functions.map(({ name, functionId }) => [name, functionId]),
    [
      ['byId', 'id-1'],
      ['report', 'report'],
      ['sets-the-model', 'sets-the-model'],
    ],
  )
})

test('the host hears only of the binding members of the contract, and of all in the raw ones', async () => {
  await using app = await started('core')
  const { bindings, rawBindings } = app.initialized.functions.find(({ name }) => name === 'report')!
  assert.deepEqual(bindings.it, { type: 'httpTrigger', direction: 'in', dataType: 'string' })
  assert.equal(JSON.parse(rawBindings[0]!).mine, 1)
})

test('logs outside of an invocation have no category', async () => {
  await using app = await started('core')
  assert.deepEqual(
    app.worker.logs.filter(({ logCategory }) => logCategory === 'user'),
    [
      { category: '', level: 'warning', message: 'from the app', logCategory: 'user' },
      { category: '', level: 'information', message: '1,2', logCategory: 'user' },
    ],
  )
})
