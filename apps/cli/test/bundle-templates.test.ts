/** What editors get from `/admin/host/extensionBundle/v1`, and what comes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BundleTemplate } from '@aloft/functions'
import { bundleTemplates } from '../src/projects/bundle-templates.ts'
import { StorageApp } from './storage/storage-app.ts'

test('every template is complete, and names what its reader has to fill in alone', async () => {
  const templates = await bundleTemplates()
  assert.equal(new Set(templates.map(({ id }) => id)).size, templates.length)
  for (const { id, files, function: config, metadata } of templates) {
    assert.match(id, new RegExp(`^${metadata.trigger}-${metadata.language}(-4\\.x)?$`))
    assert.match(metadata.triggerType, /Trigger$/, id)
    const names = Object.keys(files)
    assert.equal(names.length, 1, id)
    assert.match(names[0]!, id.endsWith('4.x') ? /^%functionName%\.[jt]s$/ : /^index\.[jt]s$/)
    const places = JSON.stringify([files, config]).match(/%\w+%/g) ?? []
    assert.deepEqual(
      [...new Set(places)].filter((place) => place !== '%functionName%'),
      [],
      id,
    )
  }
})

test('an app tells of what its host has, and functions made of its templates run', async (t) => {
  const app = await StorageApp.start(t, {
    files: { 'package.json': '{"name":"app"}' },
    host: {
      extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' },
    },
  })
  const url = `http://127.0.0.1:${app.running.port}`
  const get = async (path: string) => (await fetch(`${url}/admin/host/extensionBundle/v1/${path}`)).json()
  const templates = (await get('templates')) as BundleTemplate[]
  const { bindings } = (await get('bindings')) as { bindings: { type: string; direction: string }[] }
  const { triggers, inputs, outputs } = await app.platform.functions.bindingTypes()
  const described = bindings.map(({ type, direction }) => `${type.toLowerCase()} ${direction}`)
  const real = [
    ...triggers.map((type) => `${type} trigger`),
    ...inputs.map((type) => `${type} in`),
    ...outputs.map((type) => `${type} out`),
  ].filter((each) => !each.startsWith('orchestrationclient '))
  assert.deepEqual(described.sort(), real.sort())

  for (const { id, files, function: config, metadata } of templates) {
    // Those of Durable Functions need a version of its library that is not here.
    if (!/-JavaScript$/.test(id) || JSON.stringify(files).includes('durable-functions')) continue
    const named = JSON.parse(
      JSON.stringify({ files, config }).replaceAll('%functionName%', metadata.defaultFunctionName),
    )
    const response = await fetch(`${url}/admin/functions/${metadata.defaultFunctionName}`, {
      method: 'PUT',
      body: JSON.stringify(named),
    })
    assert.equal(response.status, 201, `${id}: ${await response.text()}`)
  }
  const answer = await fetch(`${url}/api/httpTrigger?name=there`)
  assert.equal(await answer.text(), 'Hello, there!')
})
