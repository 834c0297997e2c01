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

test("the demo has the options of 'start', as docs/cli.md says, but for the choice of functions", async () => {
  const [start, demo] = await Promise.all(['start', 'demo'].map((name) => optionsOf(name)))
  assert.deepEqual(
    demo,
    start?.filter((option) => option !== 'functions'),
  )
})

async function optionsOf(command: string): Promise<string[]> {
  const entry = commands.find(({ name }) => name === command)
  return Object.keys((await entry!.load()).options)
}

for (const { name, load } of commands) {
  if (name === 'demo') continue
  test(`docs/cli.md names every option of '${name}', and none that it lacks`, async () => {
    const { options } = await load()
    const names = Object.entries(options).flatMap(([option, { aliases = [] }]) => [option, ...aliases])
    const section = page.split(`## aloft ${name}\n`)[1]?.split('\n## ')[0] ?? ''
    const documented = new Set([...section.matchAll(/`(?:-\w`, `)?(--[\w-]+)/g)].map(([, option]) => option))
    assert.deepEqual([...documented].sort(), names.map(longForm).sort())
  })
}
