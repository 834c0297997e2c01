import assert from 'node:assert/strict'
import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { InvocationResult, TriggerContext } from '@aloft/kernel'
import { appCode, Hosting, httpFunction } from './hosting.ts'

const names = (app: { readonly functions: readonly { readonly name: string }[] }) =>
  app.functions.map(({ name }) => name)

test('an app that nobody knows is started to be known, and rests then', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', '"all"'))
  const shop = await hosting.startApp('shop')
  assert.deepEqual(names(shop), ['orders'])
  assert.deepEqual([hosting.workerStarts, shop.workerProcessIds], [1, []])
})

test('a known app is served without any worker until its first request', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', 'String(process.pid)'))
  await hosting.startApp('shop')
  await hosting.restart()
  const shop = await hosting.startApp('shop')
  assert.deepEqual(names(shop), ['orders'])
  assert.equal(hosting.workerStarts, 1)
  const { status, body } = await hosting.get('shop', '/api/orders')
  assert.deepEqual([status, shop.workerProcessIds], [200, [Number(body)]])
})

test('several requests that come at once wake an app once', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', '"all"'))
  await hosting.startApp('shop')
  const answers = await Promise.all([1, 2, 3].map(() => hosting.get('shop', '/api/orders')))
  assert.deepEqual(
    answers.map(({ body }) => body),
    ['all', 'all', 'all'],
  )
  assert.equal(hosting.workerStarts, 2)
})

test('what changed between two runs of the host is looked at anew', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', '"all"'))
  await hosting.startApp('shop')
  await hosting.restart()
  await hosting.write('shop', { 'app.js': appCode(httpFunction('stock', '"none"')) })
  assert.deepEqual(names(await hosting.startApp('shop')), ['stock'])
})

test('other settings of the same app are another app to look at', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', `app.http(process.env.ROUTE, { handler: async () => ({ body: 'x' }) })`)
  await hosting.startApp('shop', { overrides: { name: 'shop', settings: { ROUTE: 'one' } } })
  await hosting.restart()
  const shop = await hosting.startApp('shop', { overrides: { name: 'shop', settings: { ROUTE: 'two' } } })
  assert.deepEqual(names(shop), ['two'])
})

test('an app that has changed unseen is indexed anew, and the request gets the new answer', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', '')
  await writeUnseen(hosting, httpFunction('orders', '"all"'))
  await hosting.startApp('shop')
  await hosting.restart()
  await writeUnseen(hosting, httpFunction('stocks', '"all"'))
  const shop = await hosting.startApp('shop')
  assert.deepEqual(names(shop), ['orders'])
  assert.deepEqual(await hosting.get('shop', '/api/stocks'), { status: 200, body: 'all' })
  assert.deepEqual(names(shop), ['stocks'])
  assert.equal((await hosting.get('shop', '/api/orders')).status, 404)
})

test('a changed answer of the same functions is no change of the index', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', '')
  await writeUnseen(hosting, httpFunction('orders', '"old"'))
  await hosting.startApp('shop')
  await hosting.restart()
  await writeUnseen(hosting, httpFunction('orders', '"new"'))
  await hosting.startApp('shop')
  assert.equal((await hosting.get('shop', '/api/orders')).body, 'new')
  assert.equal(hosting.workerStarts, 2)
})

test('an app without work rests after a while, and wakes for the next request', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', 'String(process.pid)'))
  const shop = await hosting.startApp('shop', { idleStopMs: 20 })
  const first = await hosting.get('shop', '/api/orders')
  await hosting.log.find('No work for a while')
  while (shop.workerProcessIds.length > 0) await new Promise(setImmediate)
  const second = await hosting.get('shop', '/api/orders')
  assert.equal(second.status, 200)
  assert.notEqual(second.body, first.body)
})

test('an app whose functions are in function.json files is remembered as well', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('legacy', '', {
    'package.json': '{}',
    'Hello/function.json': `{"bindings":[
      {"type":"httpTrigger","direction":"in","name":"req","authLevel":"anonymous"},
      {"type":"http","direction":"out","name":"$return"}]}`,
    'Hello/index.js': 'module.exports = async () => ({ body: "hello" })',
  })
  await hosting.startApp('legacy')
  await hosting.restart()
  const app = await hosting.startApp('legacy')
  assert.deepEqual([names(app), hosting.workerStarts], [['Hello'], 1])
  assert.equal((await hosting.get('legacy', '/api/Hello')).body, 'hello')
})

test('an app with problems is started each time, so that they are told', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', 'throw new Error("not today")')
  await hosting.startApp('shop')
  await hosting.restart()
  const shop = await hosting.startApp('shop')
  assert.match(shop.problems[0]?.message ?? '', /not today/)
  assert.equal(hosting.workerStarts, 2)
})

test('a request to an app that cannot start is 503, and the next one tries again', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp(
    'shop',
    `if (require('fs').existsSync('fatal')) process.exit(3)\n${httpFunction('orders', '"all"')}`,
  )
  await hosting.startApp('shop')
  await hosting.write('shop', { fatal: '' })
  assert.equal((await hosting.get('shop', '/api/orders')).status, 503)
  await hosting.log.find(/could not be started: The worker process \d+ exited with code 3/)
  await rm(join(hosting.folder('shop'), 'fatal'))
  assert.equal((await hosting.get('shop', '/api/orders')).status, 200)
})

test('a file that changes while the app rests is noticed, and the app rests again', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', '"all"'))
  const shop = await hosting.startApp('shop', { isWatching: true })
  const reloaded = new Promise<void>((resolve) => shop.onReload(resolve))
  await hosting.write('shop', { 'app.js': appCode(httpFunction('stock', '"none"')) })
  await reloaded
  assert.deepEqual(names(shop), ['stock'])
  while (shop.workerProcessIds.length > 0) await new Promise(setImmediate)
  assert.equal((await hosting.get('shop', '/api/stock')).body, 'none')
})

test('a trigger wakes an app that rests', async (t) => {
  const trigger = new BellTrigger()
  const hosting = await Hosting.open(t, [{ triggers: [trigger] }])
  await hosting.makeApp('shop', bellFunction('ring', '"rang " + process.pid'))
  await hosting.startApp('shop')
  await hosting.restart()
  const shop = await hosting.startApp('shop')
  assert.deepEqual(shop.workerProcessIds, [])
  const result = await trigger.ring('ring')
  assert.equal(result.status, 'succeeded')
  assert.deepEqual(hosting.log.userMessages('ring'), [`rang ${shop.workerProcessIds[0]}`])
})

test('a trigger whose function is gone from the app that wakes gets a failure', async (t) => {
  const trigger = new BellTrigger()
  const hosting = await Hosting.open(t, [{ triggers: [trigger] }])
  await hosting.makeApp('shop', '')
  await writeUnseen(hosting, bellFunction('ring', '"old"'))
  await hosting.startApp('shop')
  await hosting.restart()
  await writeUnseen(hosting, bellFunction('song', '"new"'))
  const shop = await hosting.startApp('shop')
  const result = await trigger.ring('ring')
  assert.deepEqual([result.status, names(shop)], ['failed', ['song']])
  while (!trigger.hears('song')) await new Promise(setImmediate)
  await trigger.ring('song')
  assert.deepEqual(hosting.log.userMessages('song'), ['new'])
})

test('the admin API of an app that rests tells of its functions, and runs them', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', '"all"'))
  const shop = await hosting.startApp('shop')
  const { body } = await hosting.get('shop', '/admin/functions')
  assert.deepEqual(
    (JSON.parse(body) as { name: string }[]).map(({ name }) => name),
    ['orders'],
  )
  assert.deepEqual(shop.workerProcessIds, [])
  await shop.run('orders', '')
  assert.equal(shop.workerProcessIds.length, 1)
})

test('two apps with one host id are a user error', async (t) => {
  const hosting = await Hosting.open(t)
  await hosting.makeApp('shop', httpFunction('orders', '"all"'))
  await hosting.startApp('shop')
  const again = { overrides: undefined, sharedFront: undefined, port: 0, start: 'eager' as const }
  const first = await hosting.startApp('shop', again)
  await assert.rejects(hosting.startApp('shop', again), /have the same host id/)
  await first.close(AbortSignal.timeout(1000))
})

/** With the same time whatever is in it: as a careless copy leaves a file. */
async function writeUnseen(hosting: Hosting, code: string): Promise<void> {
  await hosting.write('shop', { 'app.js': appCode(code) })
  await utimes(join(hosting.folder('shop'), 'app.js'), 1_000_000, 1_000_000)
}

/** A function that logs `text`, which is code. */
function bellFunction(name: string, text: string): string {
  const trigger = `{ type: 'bellTrigger', name: 'bell' }`
  return `app.generic('${name}', { trigger: ${trigger}, handler: (bell, context) => context.log(${text}) })`
}

/** A trigger that a test fires. */
class BellTrigger {
  readonly type = 'bellTrigger'
  readonly #contexts = new Map<string, TriggerContext>()
  #ringing: Promise<unknown> = Promise.resolve()

  readonly listen = (context: TriggerContext) => ({
    start: async () => void this.#contexts.set(context.function.name, context),
    // As listeners should: what is in hand ends first.
    stop: async (signal: AbortSignal) => {
      const tooLate = new Promise((resolve) => signal.addEventListener('abort', resolve))
      await Promise.race([this.#ringing, tooLate])
    },
  })

  hears(functionName: string): boolean {
    return this.#contexts.has(functionName)
  }

  ring(functionName: string): Promise<InvocationResult> {
    const ringing = this.#contexts.get(functionName)!.invoke({ data: { string: 'ding' }, reason: 'It rang.' })
    this.#ringing = ringing
    return ringing
  }
}
