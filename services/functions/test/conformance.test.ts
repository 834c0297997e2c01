/** docs/conformance.md against the host: keys of host.json, and the admin API. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Logger, UserError } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { adminEndpoints } from '../src/admin/admin-api.ts'
import type { AdminTarget, BundleSource } from '../src/admin/index.ts'
import type { KeyStore } from '../src/keys/index.ts'
import { loadFolder } from './app/app-folder.ts'

const page = await readFile(new URL('../../../docs/conformance.md', import.meta.url), 'utf8')

/** The cells of a section's rows. */
function rowsOf(section: string): string[][] {
  const text = page.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, cells = '']) =>
    cells.split('|').map((cell) => cell.trim()),
  )
  return rows.slice(1).filter(([first]) => first?.includes('`'))
}

test('the page has rows', () => {
  for (const section of ['host.json', 'Admin API', 'Settings', 'Words of func', 'Triggers and bindings'])
    assert.ok(rowsOf(section).length > 10, section)
})

const states = ['works', 'partly', 'accepted', 'not yet', 'no']
test('every row has a state', () => {
  const rows = [...page.matchAll(/^\|.*`.*\|$/gm)].map(([row]) => row)
  const stateless = rows.filter((row) => !row.split('|').some((cell) => states.includes(cell.trim())))
  assert.deepEqual(stateless, [])
})

/** Keys that other rooms read, or nobody. */
const readElsewhere =
  /^extensions\.(?!http\.)|^logging\.applicationInsights$|^aggregator$|^managedDependency$/

for (const [cell = ''] of rowsOf('host.json')) {
  const key = cell.replaceAll('`', '')
  if (readElsewhere.test(key)) continue
  test(`host.json ${key} is read: a value of another kind is refused by its name`, async (t) => {
    const path = key.split('.')
    // No option is a list with a list in it.
    const root = path.reduceRight<unknown>((value, name) => ({ [name]: value }), [[]]) as object
    const files = { 'host.json': { version: '2.0', ...root } }
    await assert.rejects(loadFolder(t, files), (error) => {
      assert.ok(error instanceof UserError, String(error))
      assert.ok(error.message.includes(`'${key}`) || error.message.includes(`'${path.at(-1)}`), error.message)
      return true
    })
  })
}

test('the admin API is as the page says', () => {
  const listed = rowsOf('Admin API')
    .filter(([, state, note]) => !(state === 'no' && !note?.startsWith('501')))
    .flatMap(([cell = '']) => {
      const [, methods = '', pattern = ''] = /^(.*) `(.*)`$/.exec(cell) ?? []
      return methods.split(', ').map((method) => `${method} ${pattern}`)
    })
  const log = new Logger(new VirtualClock(), [])
  const endpoints = adminEndpoints({
    target: {} as AdminTarget,
    keys: {} as KeyStore,
    bundle: {} as BundleSource,
    log,
  })
  const real = endpoints.flatMap(({ method, pattern }) => [method].flat().map((each) => `${each} ${pattern}`))
  assert.deepEqual(listed.sort(), real.sort())
})
