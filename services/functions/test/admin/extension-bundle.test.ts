import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindingCatalogue } from '../../src/admin/bundle/binding-catalogue.ts'
import { type AdminFixture, httpTemplate, startAdmin } from './fixture.ts'

const bundle = '/admin/host/extensionBundle/v1'

function leaveBundleOut({ target }: AdminFixture): void {
  const { configuration } = target
  Object.assign(configuration, { host: { ...configuration.host, extensionBundle: undefined } })
}

interface Bindings {
  readonly bindings: readonly {
    readonly type: string
    readonly direction: string
    readonly displayName: string
    readonly settings: readonly Record<string, unknown>[]
  }[]
}

test('an extension bundle tells of its templates', async () => {
  await using at = await startAdmin()
  assert.deepEqual(await at.ask('GET', `${bundle}/templates`), [200, [httpTemplate]])
})

test('it tells of the triggers and bindings that the host has, and of no others', async () => {
  await using at = await startAdmin()
  const [status, body] = await at.ask('GET', `${bundle}/bindings`)
  const { bindings } = body as Bindings
  assert.equal(status, 200)
  assert.deepEqual(
    bindings.map(({ type, direction }) => `${type} ${direction}`),
    ['httpTrigger trigger', 'http out', 'timerTrigger trigger', 'blob in'],
  )
  const [, , authLevel] = bindings[0]!.settings
  assert.deepEqual(authLevel, {
    name: 'authLevel',
    value: 'enum',
    required: true,
    label: '$httpTrigger_authLevel_label',
    help: '$httpTrigger_authLevel_help',
    enum: ['function', 'anonymous', 'admin'].map((value) => ({ value, display: value })),
    defaultValue: 'function',
  })
})

test('its resources have every text that its bindings name', async () => {
  await using at = await startAdmin()
  const [, resources] = await at.ask('GET', `${bundle}/resources`)
  const { en } = resources as { readonly en: Readonly<Record<string, string>> }
  const [, bindings] = await at.ask('GET', `${bundle}/bindings`)
  const named = [...JSON.stringify(bindings).matchAll(/"\$([^"]+)"/g)].map(([, name = '']) => name)
  assert.ok(named.length > 20)
  assert.deepEqual(
    named.filter((name) => !en[name]),
    [],
  )
  for (const locale of ['en', 'de-DE'])
    assert.deepEqual(await at.ask('GET', `${bundle}/resources.${locale}`), [200, { lang: {}, en }])
})

test('defaults of options keep to their own rules', () => {
  for (const { type, settings } of bindingCatalogue)
    for (const { name, validator, enum: choices, defaultValue } of settings) {
      const what = `${type} ${name}`
      if (validator && defaultValue)
        assert.match(String(defaultValue), new RegExp(validator.expression), what)
      if (choices && defaultValue)
        for (const each of [defaultValue].flat()) assert.ok(choices.includes(String(each)), what)
    }
})

test('there is nothing for other words, for apps without a bundle, and without the master key', async () => {
  await using at = await startAdmin()
  for (const word of ['nothing', 'templates.de', 'resources.', 'resources.not_a_locale'])
    assert.equal((await at.ask('GET', `${bundle}/${word}`))[0], 404, word)
  assert.equal((await fetch(`${at.url}${bundle}/templates`)).status, 401)
  leaveBundleOut(at)
  const [status, text] = await at.ask('GET', `${bundle}/templates`)
  assert.deepEqual(
    [status, text],
    [404, 'host.json names no extension bundle: there are no templates of one.'],
  )
})
