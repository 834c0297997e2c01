import assert from 'node:assert/strict'
import { chmod, mkdir, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import picocolors from 'picocolors'
import { renderFindings } from '../src/commands/doctor.ts'
import type { Finding } from '../src/doctor/finding.ts'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const colors = picocolors.createColors(false)

/** A sound app with its library, except for `files`, which replace or (undefined) leave out its own. */
async function app(context: TestContext, files: Readonly<Record<string, string | undefined>> = {}) {
  const directory = await temporaryDirectory(context)
  const all = {
    'host.json': '{"version":"2.0"}',
    'local.settings.json': '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"node"}}',
    'package.json': '{"name":"x","main":"src/functions/*.js"}',
    'src/functions/hello.js': '',
    'node_modules/@azure/functions/package.json': '{"name":"@azure/functions","version":"4.16.5"}',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) {
    if (text === undefined) continue
    await mkdir(join(directory, path, '..'), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  return directory
}

async function examine(directory: string, ...words: string[]) {
  const { exitCode, output } = await cli(['doctor', '--json', ...words], { directory })
  const { findings } = JSON.parse(output) as { findings: readonly Finding[] }
  return { exitCode, find: (check: string) => findings.find((finding) => finding.check === check) }
}

test('a sound app passes every check of its own', async (t) => {
  const { exitCode, find } = await examine(await app(t))
  assert.equal(exitCode, 0)
  for (const check of ['Node.js', 'data folder', 'configuration', 'local.settings.json', 'entry point'])
    assert.equal(find(check)?.level, 'ok', check)
  assert.match(find('@azure/functions')?.message ?? '', /^4\.16\.5 in node_modules/)
  assert.match(find('entry point')?.message ?? '', /"src\/functions\/\*\.js" matches 1 file$/)
})

test('of a custom handler the program and the functions are looked for', async (t) => {
  const host = (executable: string) =>
    JSON.stringify({ version: '2.0', customHandler: { description: { defaultExecutablePath: executable } } })
  const custom = {
    'local.settings.json': '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"custom"}}',
    'package.json': undefined,
  }
  const missing = await examine(await app(t, { ...custom, 'host.json': host('no-such-handler') }))
  assert.equal(missing.exitCode, 1)
  assert.match(missing.find('custom handler')?.message ?? '', /'no-such-handler' is neither a file/)
  assert.match(missing.find('functions')?.mend ?? '', /aloft new/)
  assert.equal(missing.find('entry point'), undefined)
  const files = { ...custom, 'bin/handler': '#!/bin/sh\n', 'hello/function.json': '{}' }
  const present = await app(t, { ...files, 'host.json': host('bin/handler') })
  if (process.platform !== 'win32')
    assert.match((await examine(present)).find('custom handler')?.mend ?? '', /^chmod \+x /)
  await chmod(join(present, 'bin/handler'), 0o755)
  const { find } = await examine(present)
  assert.deepEqual([find('custom handler')?.level, find('functions')?.message], ['ok', '1 function.json'])
})

test('a folder without an app fails and points to init', async (t) => {
  const { exitCode, find } = await examine(await temporaryDirectory(t))
  assert.equal(exitCode, 1)
  assert.equal(find('configuration')?.level, 'fail')
  assert.match(find('configuration')?.mend ?? '', /aloft init/)
})

test('a broken file is named with its line', async (t) => {
  const { exitCode, find } = await examine(await app(t, { 'host.json': '{\n  "version": "2.0",,\n}' }))
  assert.equal(exitCode, 1)
  assert.match(find('configuration')?.message ?? '', /host\.json \(line 2/)
})

test('settings that are skipped are a warning', async (t) => {
  const text = '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"node","COUNT":3}}'
  const { exitCode, find } = await examine(await app(t, { 'local.settings.json': text }))
  assert.equal(exitCode, 0)
  assert.equal(find('configuration')?.level, 'warn')
  assert.match(find('configuration')?.message ?? '', /'COUNT'/)
})

const entryPoints: readonly (readonly [
  name: string,
  files: Record<string, string | undefined>,
  level: string,
  message: RegExp,
])[] = [
  [
    'a "main" that matches nothing',
    { 'package.json': '{"main":"index.js"}' },
    'fail',
    /"index\.js" matches no file/,
  ],
  ['no "main"', { 'package.json': '{}' }, 'fail', /has no "main"/],
  ['no package.json', { 'package.json': undefined }, 'fail', /there is no package\.json/],
  ['a broken package.json', { 'package.json': '{' }, 'fail', /^package\.json: /],
  [
    'a TypeScript app that is not built',
    {
      'package.json': '{"main":"dist/src/functions/*.js"}',
      'src/functions/a.ts': '',
      'src/functions/b.ts': '',
    },
    'ok',
    /is not built; 2 files run as "src\/functions\/\*\.ts"/,
  ],
  [
    'folders of model v3',
    { 'package.json': '{}', 'Hello/function.json': '{}' },
    'ok',
    /1 function\.json \(model v3\)/,
  ],
]
for (const [name, files, level, message] of entryPoints) {
  test(`the entry point: ${name}`, async (t) => {
    const { find } = await examine(await app(t, files))
    assert.equal(find('entry point')?.level, level)
    assert.match(find('entry point')?.message ?? '', message)
  })
}

test('a build that is older than its sources is a warning', async (t) => {
  const directory = await app(t, {
    'package.json': '{"main":"dist/src/functions/*.js"}',
    'dist/src/functions/hello.js': '',
    'src/functions/hello.ts': '',
  })
  await utimes(join(directory, 'dist/src/functions/hello.js'), 1000, 1000)
  const { exitCode, find } = await examine(directory)
  assert.equal(exitCode, 0)
  assert.equal(find('entry point')?.level, 'warn')
  assert.match(find('entry point')?.message ?? '', /older than src\/functions\/hello\.ts$/)
})

test('a missing library is a failure, an old one a warning', async (t) => {
  const library = 'node_modules/@azure/functions/package.json'
  const missing = await examine(await app(t, { [library]: undefined }))
  assert.equal(missing.find('@azure/functions')?.level, 'fail')
  assert.match(missing.find('@azure/functions')?.mend ?? '', /npm install/)
  const old = await examine(await app(t, { [library]: '{"name":"@azure/functions","version":"3.5.1"}' }))
  assert.equal(old.find('@azure/functions')?.level, 'warn')
})

test('a port that is taken is a warning with the way out', async (t) => {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const settings = `{"IsEncrypted":false,"Values":{},"Host":{"LocalHttpPort":${port}}}`
  const { find } = await examine(await app(t, { 'local.settings.json': settings }))
  assert.equal(find(`port ${port}`)?.level, 'warn')
  assert.match(find(`port ${port}`)?.mend ?? '', /--port/)
})

test('a data folder that cannot be made fails', async (t) => {
  const { find } = await examine(await app(t), '--data', 'host.json/state')
  assert.equal(find('data folder')?.level, 'fail')
  assert.match(find('data folder')?.message ?? '', /host\.json is not a folder/)
})

test('the findings are shown one a line, the mend below, and a sum at the end', () => {
  assert.equal(
    renderFindings(
      [
        { check: 'a', level: 'ok', message: 'fine' },
        { check: 'long', level: 'warn', message: 'odd', mend: 'Look.' },
        { check: 'b', level: 'fail', message: 'bad', mend: 'Mend.' },
      ],
      colors,
    ),
    [
      'ok    a     fine',
      'warn  long  odd',
      '            → Look.',
      'fail  b     bad',
      '            → Mend.',
      '',
      '1 thing to mend before the app can run.',
      '',
    ].join('\n'),
  )
  assert.match(renderFindings([{ check: 'a', level: 'ok', message: '' }], colors), /\nAll is well\.\n$/)
})

test('what is no folder is not examined', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'shop.zip'), '')
  const zip = await cli(['doctor', 'shop.zip'], { directory })
  assert.deepEqual([zip.exitCode, zip.output], [1, ''])
  assert.match(zip.errors, /shop\.zip is no folder\nhint: /)
  assert.match((await cli(['doctor', 'none'], { directory })).errors, /There is no folder .*none/)
})
