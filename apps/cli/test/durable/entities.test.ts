import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { DurableApp } from './durable-app.ts'

const code = `
df.app.entity('Counter', (context) => {
  let count = context.df.getState(() => 0)
  switch (context.df.operationName) {
    case 'add': count += context.df.getInput(); context.df.setState(count); context.df.return(count); break
    case 'get': context.df.return(count); break
    case 'fail': throw new Error('no such operation')
    case 'reset': context.df.destructOnExit(); break
    case 'pass': context.df.signalEntity(new df.EntityId('Counter', context.df.getInput()), 'add', 7); break
  }
})
df.app.orchestration('Count', function* (context) {
  const id = new df.EntityId('Counter', context.df.instanceId)
  context.df.signalEntity(id, 'add', 1)
  context.df.signalEntity(id, 'add', 2)
  return yield context.df.callEntity(id, 'get')
})
df.app.orchestration('Broken', function* (context) {
  const id = new df.EntityId('Counter', 'broken')
  try { yield context.df.callEntity(id, 'fail') } catch (error) { return 'caught' }
})
df.app.orchestration('Transfer', function* (context) {
  const one = new df.EntityId('Counter', 'one')
  const two = new df.EntityId('Counter', 'two')
  const lock = yield context.df.lock(two, one)
  try {
    const before = yield context.df.callEntity(one, 'get')
    yield context.df.callEntity(one, 'add', -1)
    yield context.df.callEntity(two, 'add', 1)
    return [context.df.isLocked().isLocked, before]
  } finally { lock.release() }
})
df.app.orchestration('Leaving', function* (context) {
  yield context.df.lock(new df.EntityId('Counter', 'left'))
  throw new Error('left')
})
df.app.orchestration('AfterLeaving', function* (context) {
  const lock = yield context.df.lock(new df.EntityId('Counter', 'left'))
  lock.release()
  return 'had it'
})
df.app.orchestration('Http', function* (context) {
  const { url, headers } = context.df.getInput()
  const response = yield context.df.callHttp({ method: 'POST', url, body: { a: 1 }, headers })
  return { status: response.statusCode, content: response.content }
})
df.app.orchestration('HttpDown', function* (context) {
  try { yield context.df.callHttp({ method: 'GET', url: context.df.getInput() }) } catch (error) { return error.message }
})`

test('entities of durable-functions 3', async (t) => {
  const app = await DurableApp.start(t, code)

  await t.test('signals and calls of one orchestration arrive in order', async () => {
    const id = await app.begin('Count')
    assert.equal((await app.ended(id)).output, 3)
    const response = await fetch(`${app.base}/entities/Counter/${id}`)
    assert.equal(await response.text(), '3')
  })
  await t.test('an operation that throws fails the call', async () => {
    assert.equal((await app.run('Broken')).output, 'caught')
  })
  await t.test('an entity is signalled, listed and deleted through the management API', async () => {
    assert.equal((await fetch(`${app.base}/entities/Counter/http`)).status, 404)
    assert.equal((await app.post('entities/Counter/http?op=add', 5)).status, 202)
    const read = () => fetch(`${app.base}/entities/Counter/http`)
    const found = await app.until(async () => {
      const response = await read()
      return response.status === 200 && response
    })
    assert.equal(await (found as Response).json(), 5)
    const list = (await (await fetch(`${app.base}/entities/counter?fetchState=true`)).json()) as object[]
    const entry = list.find((each) => JSON.stringify(each).includes('"key":"http"')) as { state: unknown }
    assert.equal(entry.state, 5)
    await app.post('entities/Counter/http?op=reset')
    await app.until(async () => (await read()).status === 404)
  })
  await t.test('the lines of the extension tell what entities do', async () => {
    const states = (type: string) =>
      new Set(
        app.records
          .filter(
            ({ category, fields }) =>
              category === 'Host.Triggers.DurableTask' && fields.prop__functionType === type,
          )
          .map(({ fields }) => fields.prop__state),
      )
    assert.deepEqual(states('Entity'), new Set(['OperationCompleted', 'OperationFailed']))
    assert.ok(states('Orchestrator').has('EntityResponseReceived'))
  })
  await t.test('an entity signals another one', async () => {
    await app.post('entities/Counter/first?op=pass', 'second')
    const value = await app.until(async () => {
      const response = await fetch(`${app.base}/entities/Counter/second`)
      return response.status === 200 && response.text()
    })
    assert.equal(value, '7')
  })
  await t.test('a critical section keeps others out', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => app.begin('Transfer')))
    const outputs = await Promise.all(
      ids.map(async (id) => (await app.ended(id)).output as [boolean, number]),
    )
    assert.ok(outputs.every(([isLocked]) => isLocked))
    const seen = outputs.map(([, before]) => before).sort((a, b) => b - a)
    assert.deepEqual(
      seen,
      [0, -1, -2, -3, -4, -5, -6, -7, -8, -9].map((value) => value + 0),
    )
    assert.equal(await (await fetch(`${app.base}/entities/Counter/two`)).text(), '10')
  })
  await t.test('a lock is released when its orchestration fails', async () => {
    assert.equal((await app.run('Leaving')).runtimeStatus, 'Failed')
    assert.equal((await app.run('AfterLeaving')).output, 'had it')
  })
  await t.test('callHttp polls until the answer is no 202', async (sub) => {
    const seen: string[] = []
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.headers.authorization ?? ''}`)
      if (seen.length < 3)
        response.writeHead(202, { location: '/later', 'retry-after': '0' }).end('{"wait":true}')
      else response.writeHead(200).end('ready')
    }).listen(0, '127.0.0.1')
    sub.after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/start`
    const status = await app.run('Http', { url, headers: { Authorization: 'secret' } })
    assert.deepEqual(status.output, { status: 200, content: 'ready' })
    assert.deepEqual(seen, ['POST secret', 'GET secret', 'GET secret'])
  })
  await t.test('callHttp fails when nobody answers', async () => {
    assert.match(String((await app.run('HttpDown', 'http://127.0.0.1:1/')).output), /HttpRequestException/)
  })
})
