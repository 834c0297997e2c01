import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { UserError } from '@aloft/kernel'
import { loadHosting } from '../../src/up/hosting-file.ts'
import { cli } from '../memory-terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

async function load(t: TestContext, file: string, text: string) {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, file), text)
  return { directory, hosting: await loadHosting('.', directory) }
}

const whole = {
  'aloft.json': `{
    // Comments are welcome, and commas behind the last.
    "port": 8080,
    "address": "0.0.0.0",
    "idleMinutes": 5,
    "apps": [
      "shop",
      { "directory": "../My Billing.Api", "port": 7081, "settings": { "A": "1", "B": "" }, "functions": ["x", "y"] },
      { "name": "Second", "directory": "shop", "settings": { "A": "1", "B": "" } },
    ],
  }`,
  'aloft.yaml': `
port: 8080
address: 0.0.0.0
idleMinutes: 5
apps:
  - shop
  - directory: ../My Billing.Api
    port: 7081
    settings: &shared
      A: "1"
      B: ''
    functions: [x, y]
  - name: Second
    directory: shop
    settings: *shared
`,
}

for (const [file, text] of Object.entries(whole)) {
  test(`${file} lists apps with all that can be said of them`, async (t) => {
    const { directory, hosting } = await load(t, file, text)
    const { apps, ...rest } = hosting
    assert.deepEqual(rest, { directory, port: 8080, address: '0.0.0.0', idleStopMs: 300_000 })
    const none = { port: undefined, settings: {}, functions: undefined }
    const settings = { A: '1', B: '' }
    const billing = { name: 'my-billing-api', directory: join(directory, '../My Billing.Api') }
    assert.deepEqual(
      apps.map(({ location, ...app }) => app),
      [
        { ...none, name: 'shop', directory: join(directory, 'shop') },
        { ...billing, port: 7081, settings, functions: ['x', 'y'] },
        { ...none, name: 'second', directory: join(directory, 'shop'), settings },
      ],
    )
  })
}

test('what is left out has its default', async (t) => {
  const { hosting } = await load(t, 'aloft.yml', 'apps: [shop]\nport:\n')
  const { port, address, idleStopMs } = hosting
  assert.deepEqual([port, address, idleStopMs], [undefined, undefined, 20 * 60_000])
})

test('0 idle minutes keep workers for ever', async (t) => {
  const { hosting } = await load(t, 'aloft.yml', 'apps: [shop]\nidleMinutes: 0\n')
  assert.equal(hosting.idleStopMs, undefined)
})

/** File, its text, where it is wrong, and what is said of it. */
const mistakes: readonly (readonly [file: string, text: string, place: string, message: RegExp])[] = [
  ['aloft.json', '{\n  "apps": [\n    "a"\n', '4:1', /not valid JSON: close bracket expected/],
  ['aloft.json', '', '1:1', /not valid JSON: value expected/],
  ['aloft.yaml', 'apps:\n  - a\n - b\n', '3:1', /not valid YAML/],
  ['aloft.yaml', '', '1:1', /not valid YAML: the file is empty/],
  ['aloft.yaml', 'apps: [a]\napps: [b]\n', '2:1', /Map keys must be unique/],
  ['aloft.json', '{ "apps": ["a"],\n "apps": ["b"] }', '2:2', /'apps' is there twice/],
  ['aloft.json', '["a"]', '1:1', /Expected an object for the file, but found a list/],
  ['aloft.yaml', 'app: [a]\n', '1:1', /'app' is unknown in the file/],
  ['aloft.yaml', 'port: 1\n', '1:1', /'apps' is missing in the file/],
  ['aloft.yaml', 'apps: a\n', '1:7', /Expected a list for 'apps', but found "a"/],
  ['aloft.yaml', '\napps: []\n', '2:1', /'apps' lists no apps/],
  ['aloft.yaml', 'apps:\n  - name: a\n', '2:5', /'directory' is missing in an app/],
  ['aloft.yaml', 'apps:\n  - 12\n', '2:5', /Expected a folder.* but found 12/],
  ['aloft.yaml', 'apps:\n  - directory: a\n    name: a_b\n', '3:5', /'a_b' cannot be part of a host name/],
  ['aloft.yaml', 'apps:\n  - directory: ...\n', '2:5', /'\.\.\.' gives its app no name/],
  [
    'aloft.yaml',
    'apps:\n  - a\n  - directory: x/A\n',
    '3:5',
    /two apps with the name 'a', the other in line 2/,
  ],
  ['aloft.yaml', 'apps: [a]\nport: 70000\n', '2:7', /Expected a whole number from 0 to 65535 for 'port'/],
  ['aloft.yaml', 'apps: [a]\nport: "1"\n', '2:7', /but found "1"/],
  ['aloft.yaml', 'port: 5\napps:\n  - directory: a\n    port: 5\n', '3:5', /port 5, which all apps share/],
  [
    'aloft.yaml',
    'apps:\n  - { directory: a, port: 5 }\n  - { directory: b, port: 5 }\n',
    '3:5',
    /'b' has the port 5, which 'a' has/,
  ],
  [
    'aloft.yaml',
    'apps:\n  - directory: a\n    settings:\n      A: 1.10\n',
    '4:10',
    /Expected text for 'A', but found 1\.1/,
  ],
  ['aloft.yaml', 'apps:\n  - directory: a\n    settings: [x]\n', '3:15', /Expected an object for 'settings'/],
  ['aloft.yaml', 'apps:\n  - directory: a\n    functions: x\n', '3:16', /Expected a list for 'functions'/],
  ['aloft.yaml', 'apps:\n  - directory: a\n    prot: 1\n', '3:5', /'prot' is unknown in an app/],
  ['aloft.yaml', 'apps: &a\n  - *a\n', '2:3', /nested too deep, or leads back to itself/],
  ['aloft.yaml', 'apps: [a]\n? [x]\n: 1\n', '2:3', /A name must be a single word/],
]

for (const [file, text, place, message] of mistakes) {
  test(`${file} ${JSON.stringify(text)} is wrong at ${place}`, async (t) => {
    const error = await load(t, file, text).then(
      () => assert.fail('nothing is wrong'),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof UserError, String(error))
    const { line, column } = error.location ?? {}
    assert.match(error.message, message)
    assert.deepEqual([error.location?.file, `${line}:${column}`], [file, place])
  })
}

test('a mistake is shown with its place and what was meant', async (t) => {
  const directory = await temporaryDirectory(t)
  await mkdir(join(directory, 'all'))
  await writeFile(join(directory, 'all/aloft.yaml'), 'apps:\n  - directory: a\n    prot: 1\n')
  const { exitCode, errors } = await cli(['up', 'all'], { directory })
  assert.equal(exitCode, 1)
  assert.equal(
    errors,
    "error: all/aloft.yaml:3:5: 'prot' is unknown in an app\nhint:  Did you mean 'port'?\n",
  )
})

test('a folder without a file, with two, and none at all are user errors', async (t) => {
  const directory = await temporaryDirectory(t)
  assert.match((await cli(['up'], { directory })).errors, /There is no aloft\.json or aloft\.yaml in/)
  for (const name of ['aloft.json', 'aloft.yml']) await writeFile(join(directory, name), '')
  assert.match((await cli(['up'], { directory })).errors, /There are both aloft\.json and aloft\.yml/)
  assert.match((await cli(['up', 'x.yaml'], { directory })).errors, /x\.yaml does not exist/)
})

test('a zip file gives its app its name without the ending', async (t) => {
  const { directory, hosting } = await load(t, 'aloft.json', '{"apps":["dist/Shop.v2.ZIP"]}')
  const apps = hosting.apps.map(({ name, directory }) => ({ name, directory }))
  assert.deepEqual(apps, [{ name: 'shop-v2', directory: join(directory, 'dist/Shop.v2.ZIP') }])
})
