import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { commands, findCommand } from '../src/command-table.ts'
import { cli } from './memory-terminal.ts'

test('--version prints the version alone', async () => {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  assert.deepEqual(await cli(['--version']), { exitCode: 0, output: `${version}\n`, errors: '' })
})

test('--help lists every command', async () => {
  const { exitCode, output } = await cli(['--help'])
  assert.equal(exitCode, 0)
  for (const { name, summary } of commands) assert.match(output, new RegExp(`${name} +${summary}`))
})

test('without words the help is shown and the exit code says that nothing was done', async () => {
  const { exitCode, output } = await cli([])
  assert.equal(exitCode, 1)
  assert.match(output, /Usage: aloft <command>/)
})

for (const { name } of commands) {
  test(`'${name} --help' and 'help ${name}' show its options and do nothing`, async () => {
    const asked = await cli([name, '--help'])
    assert.equal(asked.exitCode, 0)
    assert.match(asked.output, new RegExp(`^Usage: aloft ${name}\\b`))
    assert.match(asked.output, /-h, --help +Show this help/)
    assert.deepEqual(await cli(['help', name]), asked)
  })
}

test('the words of func find the same commands', () => {
  assert.equal(findCommand(['host', 'start', '-p', '1'])?.entry.name, 'start')
  assert.deepEqual(findCommand(['function', 'new', '-n', 'x'])?.rest, ['-n', 'x'])
  assert.equal(findCommand(['host']), undefined)
})

test('an unknown command is a user error with a suggestion', async () => {
  assert.deepEqual(await cli(['strat']), {
    exitCode: 1,
    output: '',
    errors: "error: Unknown command 'strat'\nhint:  Did you mean 'aloft start'?\n",
  })
})

test('an unknown option is a user error with a suggestion', async () => {
  const { exitCode, errors } = await cli(['init', '--dokcer'])
  assert.equal(exitCode, 1)
  assert.match(errors, /^error: Unknown option '--dokcer'\nhint: {2}Did you mean '--docker'\?/)
})

test('too many arguments are refused', async () => {
  const { exitCode, errors } = await cli(['new', 'extra'])
  assert.equal(exitCode, 1)
  assert.match(errors, /Unexpected argument 'extra'\nhint: {2}Usage: aloft new/)
})

test('the help names the values of an option once', async () => {
  const { output } = await cli(['bundles', '--help'])
  assert.match(output, /Of the bundle that is added: GA \(default\), Preview or Experimental\n/)
  assert.match((await cli(['init', '--help'])).output, /Programming model \(v4, v3\)\n/)
})

test('a word that a command does not have is told with the nearest that it has', async () => {
  for (const [words, meant] of [
    [['templates', 'liszt'], 'templates list'],
    [['bundles', 'downlod'], 'bundles download'],
    [['settings', 'lst'], 'settings list'],
  ] as const) {
    const { exitCode, errors } = await cli(words)
    assert.equal(exitCode, 1)
    assert.match(errors, new RegExp(`Did you mean 'aloft ${meant}'`))
  }
})
