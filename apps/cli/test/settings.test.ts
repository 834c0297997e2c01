import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function folder(t: TestContext, text?: string) {
  const directory = await temporaryDirectory(t)
  const path = join(directory, 'local.settings.json')
  if (text !== undefined) await writeFile(path, text)
  return {
    path,
    read: () => readFile(path, 'utf8'),
    settings: (...words: string[]) => cli(['settings', ...words], { directory }),
  }
}

const cipherText = 'CfDJ8AAECAwQFBgcICQoLDA0ODw'

test('add makes a file that only its owner reads', async (t) => {
  const { settings, read, path } = await folder(t)
  assert.deepEqual(await settings('add', 'QUEUE', 'orders'), {
    exitCode: 0,
    output: "'QUEUE' is set in local.settings.json.\n",
    errors: '',
  })
  assert.deepEqual(JSON.parse(await read()), { IsEncrypted: false, Values: { QUEUE: 'orders' } })
  if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o077, 0)
})

test('changes keep comments and everything else, and find names without case', async (t) => {
  const text =
    '{\n  // mine\n  "IsEncrypted": false,\n  "Values": {\n    "A": "1", // one\n    "B": "2"\n  }\n}\n'
  const { settings, read } = await folder(t, text)
  await settings('add', 'a', '3')
  assert.equal(await read(), text.replace('"1"', '"3"'))
  await settings('remove', 'B')
  assert.match(await read(), /\/\/ mine/)
  assert.doesNotMatch(await read(), /"B"/)
})

test('connection strings are set and removed with --connectionString', async (t) => {
  const { settings, read } = await folder(t)
  await settings('add', 'Db', 'Server=here', '--connectionString')
  const expected = { Db: { ConnectionString: 'Server=here', ProviderName: 'System.Data.SqlClient' } }
  assert.deepEqual(JSON.parse(await read()).ConnectionStrings, expected)
  await settings('delete', 'db', '-c')
  assert.deepEqual(JSON.parse(await read()).ConnectionStrings, {})
})

test('list hides values unless they are asked for', async (t) => {
  const { settings } = await folder(
    t,
    '{"IsEncrypted":false,"Values":{"A":"secret"},"ConnectionStrings":{"Db":"Server=here"}}',
  )
  const hidden = await settings('list')
  assert.match(hidden.output, /^App Settings:\n {3}-> Name: A\n {6}Value: \*{5}\n\nConnection Strings:\n/)
  assert.doesNotMatch(hidden.output, /secret|Server/)
  assert.match((await settings('list', '--showValue')).output, /Value: secret\n[\s\S]*Value: Server=here\n/)
  assert.deepEqual(JSON.parse((await settings('list', '--json', '-a')).output), {
    values: { A: 'secret' },
    connectionStrings: [{ name: 'Db', value: 'Server=here', providerName: 'System.Data.SqlClient' }],
  })
})

test('decrypt marks a file as plain whose values are', async (t) => {
  const { settings, read } = await folder(t, '{"Values":{"A":"plain"}}')
  assert.equal((await settings('decrypt')).exitCode, 0)
  assert.equal(JSON.parse(await read()).IsEncrypted, false)
  assert.match((await settings('decrypt')).output, /is not encrypted/)
})

test('values that are encrypted are left alone, and the mend is said', async (t) => {
  const text = `{"IsEncrypted":true,"Values":{"A":"${cipherText}"}}`
  const { settings, read } = await folder(t, text)
  for (const words of [['decrypt'], ['add', 'B', '1'], ['list', '-a']]) {
    const { exitCode, errors } = await settings(...words)
    assert.equal(exitCode, 1)
    assert.match(
      errors,
      /only the machine that encrypted them has the key\nhint: +Run 'func settings decrypt'/,
    )
  }
  assert.equal(await read(), text)
})

test('encrypt changes nothing and says why', async (t) => {
  const { settings, read } = await folder(t, '{"IsEncrypted":false}')
  const { exitCode, errors } = await settings('encrypt')
  assert.equal(exitCode, 1)
  assert.match(errors, /does not encrypt .*nothing was changed\nhint: +The key would lie on the same disk/)
  assert.equal(await read(), '{"IsEncrypted":false}')
})

for (const [words, message] of [
  [['add', 'A'], /A setting has a name and a value/],
  [['delete', 'QUEU'], /no setting 'QUEU'\nhint: +Did you mean 'QUEUE'/],
  [['lst'], /Unknown word 'lst'\nhint: +Did you mean 'aloft settings list'/],
  [[], /What is to be done/],
] as const) {
  test(`'settings ${words.join(' ')}' is refused with what was expected`, async (t) => {
    const { settings } = await folder(t, '{"IsEncrypted":false,"Values":{"QUEUE":"1"}}')
    const { exitCode, errors } = await settings(...words)
    assert.equal(exitCode, 1)
    assert.match(errors, message)
  })
}

test('a broken file is told of with its place', async (t) => {
  const { settings } = await folder(t, '{\n  "Values": {"A" "1"}\n}')
  assert.match(
    (await settings('list')).errors,
    /^error: local\.settings\.json:2:\d+: The file is not valid JSON/,
  )
})
