/** Start-up: which files are loaded and how, and what the host learns. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fixture, started, WorkerProcess } from './worker-process.ts'

test('a worker says that it is up before it is told anything', async () => {
  await using worker = new WorkerProcess()
  assert.deepEqual(await worker.next('started'), { workerId: 'worker-1' })
})

test('a started app reports its functions, capabilities and model', async () => {
  await using app = await started('hello')
  const { error, functions, metadata, capabilities } = app.initialized
  assert.equal(error, undefined)
  assert.deepEqual(functions, [
    {
      name: 'hello',
      functionId: 'hello',
      directory: fixture('hello/src'),
      scriptFile: 'hello.js',
      rawBindings: functions[0]!.rawBindings,
      bindings: {
        httpTrigger624a61988c: {
          type: 'httpTrigger',
          direction: 'in',
          properties: { supportsDeferredBinding: 'false' },
        },
        $return: { type: 'http', direction: 'out' },
      },
    },
  ])
  assert.deepEqual(
    functions[0]!.rawBindings.map((json) => JSON.parse(json)),
    [
      {
        methods: ['GET', 'POST'],
        authLevel: 'anonymous',
        type: 'httpTrigger',
        name: 'httpTrigger624a61988c',
        direction: 'in',
        properties: { supportsDeferredBinding: 'false' },
      },
      { type: 'http', name: '$return', direction: 'out' },
    ],
  )
  assert.deepEqual(metadata.customProperties, { modelName: '@azure/functions', modelVersion: '4.16.5' })
  assert.equal(metadata.runtimeVersion, process.versions.node)
  assert.equal(capabilities.HandlesWorkerTerminateMessage, 'true')
  assert.equal(Object.keys(capabilities).length, 8)
})

test('the steps of the start are in the log', async () => {
  await using app = await started('hello')
  assert.deepEqual(
    app.worker.logs.map(({ level, logCategory, message }) => [level, logCategory, message]),
    [
      ['debug', 'system', 'Worker worker-1 received WorkerInitRequest'],
      ['debug', 'system', 'Loading entry point file "src/hello.js"'],
      ['information', 'system', 'Setting Node.js programming model to "@azure/functions" version "4.16.5"'],
      ['debug', 'system', 'Loaded entry point file "src/hello.js"'],
    ],
  )
})

test('system logs below the level that the host wants are not sent', async () => {
  await using app = await started('hello', { systemLogLevel: 'warning' })
  await app.http('hello')
  assert.deepEqual(
    app.worker.logs.map(({ message }) => message),
    ['url http://localhost/api/hello'],
  )
})

test('files of a glob are loaded in order, as ES modules or CommonJS by their names', async () => {
  await using app = await started('esm')
  assert.equal(app.initialized.error, undefined)
  const loaded = app.worker.logs.flatMap(({ message }) => /^Loaded .* "(.*)"/.exec(message)?.[1] ?? [])
  assert.deepEqual(loaded, ['src/a.js', 'src/b.mjs', 'src/c.cjs'])
  assert.match((await app.http('esm')).text, /^file:.*\/esm\/src\/a\.js$/)
  assert.equal((await app.http('cjs')).text, fixture('esm/src/c.cjs'))
})

test('the core module can be imported', async () => {
  await using app = await started('esm')
  await app.worker.terminate()
  assert.equal(app.worker.stdout, 'appStart true function\n')
})

test('the core module is found below asynchronous loader hooks that hand out sources', async () => {
  using hooks = temporaryApp({
    'register.mjs': "import { register } from 'node:module'\nregister('./hooks.mjs', import.meta.url)",
    'hooks.mjs': `import { readFileSync } from 'node:fs'
      export async function load(url, context, next) {
        const loaded = await next(url, context)
        const source = loaded.format === 'commonjs' ? readFileSync(new URL(url)) : loaded.source
        return { ...loaded, source }
      }`,
  })
  const nodeArguments = ['--import', join(hooks.directory, 'register.mjs')]
  await using app = await started('esm', { nodeArguments })
  assert.equal((await app.http('mjs')).text, 'mjs')
})

test('an app that was not built runs from its TypeScript sources', async () => {
  await using app = await started('typescript')
  assert.equal(app.initialized.error, undefined)
  assert.equal((await app.http('greet')).text, 'HELLO, WORLD!')
  assert.match(
    app.worker.logs.map(({ message }) => message).join('\n'),
    /No file matches "dist\/src\/functions\/\*\.js": running the TypeScript sources \(src\/functions\/greet\.ts\)/,
  )
})

test('an error in TypeScript that runs unbuilt is reported at its place in the source', async () => {
  await using app = await started('typescript')
  const stripped = await app.http('greet', { query: { fail: '1' } })
  assert.match(stripped.error!.stackTrace, /typescript\/src\/functions\/greet\.ts:6:/)
  const transformed = await app.http('greet', { query: { name: 'nobody' } })
  assert.match(transformed.error!.stackTrace, /typescript\/src\/greeting\.ts:7:/)
})

test('TypeScript files can be the entry points', async () => {
  await using app = await started('typescript-direct')
  assert.equal(app.initialized.error, undefined)
  assert.deepEqual(
    app.initialized.functions.map(({ name, scriptFile }) => [name, scriptFile]),
    [['one', 'one.ts']],
  )
  assert.equal((await app.http('one')).text, 'one')
})

test('an error of a built app is reported at its place in the source', async () => {
  await using app = await started('built')
  const { error } = await app.http('fails')
  assert.equal(error!.message, 'as written')
  assert.match(
    error!.stackTrace,
    new RegExp(`^Error: as written\\n {4}at .*${fixture('built/src/index.ts')}:3:3\\)?\\n`),
  )
})

test('a file that does not load is reported with its line, and the files before and after it are loaded', async () => {
  await using app = await started('broken-files')
  const { error, brokenFiles, functions } = app.initialized
  assert.equal(error, undefined)
  assert.deepEqual(
    brokenFiles.map((broken) => [broken.file, broken.error.message]),
    [
      [
        'src/2-syntax.js',
        'Worker was unable to load entry point "src/2-syntax.js": ' +
          'Missing initializer in const declaration (src/2-syntax.js:2)',
      ],
      [
        'src/4-import.js',
        `Worker was unable to load entry point "src/4-import.js": Cannot find module 'no-such-package' ` +
          '(lib/needs-package.js:1)',
      ],
      [
        'src/5-throws.mjs',
        'Worker was unable to load entry point "src/5-throws.mjs": not today (src/5-throws.mjs:2)',
      ],
      ['src/6-text.js', 'Worker was unable to load entry point "src/6-text.js": only text'],
    ],
  )
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['first', 'third', 'seventh'],
  )
})

test('a file that fails takes the functions that it had registered with it', async () => {
  await using app = await started('broken-files')
  await assert.rejects(app.http('half'), /no function half/)
  assert.equal((await app.http('seventh')).text, 'works')
})

test('a missing package is reported with the entry point, and appStart hooks still run', async () => {
  await using app = await started('broken-import')
  assert.match(
    app.initialized.brokenFiles[0]!.error.message,
    /^Worker was unable to load entry point "index\.js": Cannot find module 'no-such-package' \(index\.js:2\)$/,
  )
  await app.worker.terminate()
  assert.equal(app.worker.stdout, 'appStart ran\n')
})

test('an appStart hook that fails fails the start', async () => {
  await using app = await started('broken-hook')
  assert.equal(app.initialized.error!.message, 'the start failed')
})

test('main that matches nothing is reported, with a hint for the line that npm init writes', async () => {
  const cases = [
    ['index.js', /^Worker was unable to load entry point "index\.js": File does not exist\. If the app has/],
    ['lib/x.js', /^Worker was unable to load entry point "lib\/x\.js": File does not exist$/],
    ['src/*.js', /entry point "src\/\*\.js": Found zero files matching the supplied pattern$/],
  ] as const
  for (const [main, message] of cases) {
    using app = temporaryApp({ 'package.json': JSON.stringify({ main }) })
    await using worker = new WorkerProcess()
    const { error } = await worker.init(app.directory)
    assert.match(error!.message, message)
  }
})

test('a main that matches nothing is a warning in an app of function.json', async () => {
  using app = temporaryApp({
    'package.json': '{"main":"index.js"}',
    'hello/function.json': '{}',
    'hello/index.js': 'module.exports = async (context) => { context.res = { body: "hi" } }',
  })
  await using worker = new WorkerProcess()
  const { error, brokenFiles } = await worker.init(app.directory)
  assert.deepEqual([error, brokenFiles], [undefined, []])
  assert.match(
    worker.logs.find(({ level }) => level === 'warning')!.message,
    /^Worker was unable to load entry point "index\.js": File does not exist/,
  )
})

test('sources of an app that was not built are not looked for in its packages', async () => {
  using app = temporaryApp({
    'package.json': '{"main":"dist/**/*.js"}',
    'node_modules/other/index.ts': "throw new Error('not of this app')",
  })
  await using worker = new WorkerProcess()
  const { error } = await worker.init(app.directory)
  assert.match(error!.message, /"dist\/\*\*\/\*\.js": Found zero files matching the supplied pattern$/)
})

test('a package.json that cannot be used is a warning that says why', async () => {
  const cases = [
    [{}, 'file does not exist'],
    [{ 'package.json': '{' }, 'file content is not valid JSON'],
    [{ 'package.json': '[]' }, 'file content is not an object'],
  ] as const
  for (const [files, reason] of cases) {
    using app = temporaryApp(files)
    await using worker = new WorkerProcess()
    const { error, functions } = await worker.init(app.directory)
    assert.deepEqual([error, functions], [undefined, []])
    const warning = worker.logs.find(({ level }) => level === 'warning')
    assert.ok(warning?.message.startsWith(`Worker failed to load package.json: ${reason}`), warning?.message)
  }
})

test('a package.json may start with a byte order mark and have a main that is no text', async () => {
  using app = temporaryApp({ 'package.json': '\ufeff{"main":1,"type":2}' })
  await using worker = new WorkerProcess()
  assert.equal((await worker.init(app.directory)).error, undefined)
  assert.deepEqual(
    worker.logs.filter(({ level }) => level === 'warning'),
    [],
  )
})

test('the app runs in its own folder', async () => {
  using app = temporaryApp({
    'package.json': '{"main":"index.js"}',
    'index.js': 'console.log(process.cwd() === __dirname)',
  })
  await using worker = new WorkerProcess()
  await worker.init(app.directory)
  await worker.terminate()
  assert.equal(worker.stdout, 'true\n')
})

function temporaryApp(files: Readonly<Record<string, string>>): { directory: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'worker-start-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
}
