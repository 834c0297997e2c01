import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { longForm } from '../src/arguments.ts'
import { commands } from '../src/command-table.ts'

const page = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8')

test('docs/cli.md has a section for every command, and no other', () => {
  const sections = [...page.matchAll(/^## aloft (\S+)$/gm)].map(([, name]) => name)
  assert.deepEqual(
    sections,
    commands.map(({ name }) => name),
  )
})

for (const { name, load } of commands) {
  test(`docs/cli.md names every option of '${name}', and none that it lacks`, async () => {
    const { options } = await load()
    const names = Object.entries(options).flatMap(([option, { aliases = [] }]) => [option, ...aliases])
    const section = page.split(`## aloft ${name}\n`)[1]?.split('\n## ')[0] ?? ''
    const documented = new Set([...section.matchAll(/`(?:-\w`, `)?(--[\w-]+)/g)].map(([, option]) => option))
    assert.deepEqual([...documented].sort(), names.map(longForm).sort())
  })
}
