/** docs/conformance.md against what is composed: triggers and bindings, words of func, settings. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { findCommand } from '../src/command-table.ts'
import { openPlatform } from '../src/compose.ts'
import { foreignWord } from '../src/foreign-words.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = await readFile(`${root}/docs/conformance.md`, 'utf8')

function rowsOf(section: string): string[][] {
  const text = page.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, cells = '']) =>
    cells.split('|').map((cell) => cell.trim()),
  )
  return rows.slice(1).filter(([first]) => first?.startsWith('`'))
}

const isThere = (state: string | undefined) => state === 'works' || state === 'partly'

test('the page tells of the triggers and bindings that the host has, and of no others', async (t) => {
  const clock = new VirtualClock()
  const platform = await openPlatform({
    dataDirectory: await temporaryDirectory(t),
    environment: {},
    clock,
    log: new Logger(clock, []),
  })
  const { triggers, inputs, outputs } = await platform.functions.bindingTypes()
  await platform.close(AbortSignal.abort())
  const listed = rowsOf('Triggers and bindings')
    .filter(([, , state]) => isThere(state))
    .map(([type = '', direction = '']) => `${type.replaceAll('`', '').toLowerCase()} ${direction}`)
  const real = [
    ...triggers.map((type) => `${type} trigger`),
    ...inputs.map((type) => `${type} in`),
    ...outputs.map((type) => `${type} out`),
  ].filter((each) => !each.startsWith('orchestrationclient '))
  assert.deepEqual(listed.sort(), real.sort())
})

for (const [cell = '', state] of rowsOf('Words of func')) {
  const words = cell.replaceAll('`', '').split(' ').slice(1)
  test(`'func ${words.join(' ')}' is ${state}`, () => {
    if (isThere(state)) assert.ok(findCommand(words))
    else {
      assert.equal(findCommand(words), undefined)
      if (state === 'no') assert.match(foreignWord(words)?.hint ?? '', /\w/)
    }
  })
}

test('every setting that works is named by the code that reads it', () => {
  const files = globSync(['services/*/src/**/*.ts', 'platform/*/src/**/*.ts', 'apps/*/src/**/*.ts'], {
    cwd: root,
  })
  const source = files.map((file) => readFileSync(`${root}/${file}`, 'utf8')).join('\n')
  const unread = rowsOf('Settings')
    .filter(([, state]) => isThere(state))
    .map(([name = '']) => name.replaceAll('`', ''))
    // Of a name that is put together, its parts.
    .filter((name) => !name.split(/__(?:a__b)?|\.NAME\.|\./).every((part) => source.includes(part)))
  assert.deepEqual(unread, [])
})
