import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppContext, ExtensionHost, FunctionsExtension } from '@aloft/kernel'
import { get, Hosting, httpFunction } from './hosting.ts'

class Greeter implements FunctionsExtension {
  host: ExtensionHost | undefined
  readonly apps: AppContext[] = []
  readonly webhooks: FunctionsExtension['webhooks'] = [
    {
      names: ['Greeter', 'GreeterExtension'],
      handle: ({ response, rest, query }, app) => {
        this.apps.push(app)
        response.end(`${app.name}: ${rest} ${query}`)
      },
    },
  ]

  attach(host: ExtensionHost): void {
    this.host = host
  }
}

test('a service answers at the address of every app, under its names', async (t) => {
  const greeter = new Greeter()
  const hosting = await Hosting.open(t, [greeter])
  for (const name of ['one', 'two']) {
    await hosting.makeApp(name, httpFunction('ping', "'pong'"))
    await hosting.startApp(name)
  }
  const call = (app: string, path: string) => get(hosting.port, path, `${app}.localhost`)
  assert.deepEqual(await call('one', '/runtime/webhooks/greeter/a/b?c=1'), {
    status: 200,
    body: 'one: a/b ?c=1',
  })
  assert.deepEqual(await call('two', '/admin/extensions/GreeterExtension/x'), {
    status: 200,
    body: 'two: x ',
  })
  assert.equal((await call('two', '/admin/extensions/Nobody/x')).status, 404)
})

test('a service learns the key that opens its webhooks of an app', async (t) => {
  const greeter = new Greeter()
  const hosting = await Hosting.open(t, [greeter])
  await hosting.makeApp('one', httpFunction('ping', "'pong'"))
  const { configuration } = await hosting.startApp('one', { isAuthEnabled: true })
  const key = await greeter.host!.systemKey(configuration.context, 'Greeter')
  assert.equal(await greeter.host!.systemKey(configuration.context, 'greeter'), key)
  const call = (path: string) => get(hosting.port, path, 'one.localhost')
  assert.equal((await call('/runtime/webhooks/greeter/a')).status, 401)
  assert.equal((await call(`/runtime/webhooks/greeter/a?code=${encodeURIComponent(key)}`)).status, 200)
  assert.equal(
    (await call(`/admin/extensions/greeterextension/a?code=${encodeURIComponent(key)}`)).status,
    200,
  )
})
