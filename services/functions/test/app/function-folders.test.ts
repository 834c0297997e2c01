import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { mixedModelWarning, readFunctionFolders } from '../../src/app/index.ts'
import { customHandlerHost, type Files, loadFolder } from './app-folder.ts'

type Test = Parameters<typeof loadFolder>[0]

const httpTrigger = { type: 'httpTrigger', direction: 'in', name: 'req' }
const functionJson = { bindings: [httpTrigger] }

async function read(t: Test, files: Files, environment: Record<string, string> = {}) {
  const app = await loadFolder(t, files, { environment })
  return { ...(await readFunctionFolders(app)), root: app.context.rootDirectory }
}

test('a folder with function.json is a function, as its worker will load it', async (t) => {
  const bindings = [
    httpTrigger,
    { type: 'http', direction: 'OUT', name: '$return' },
    { type: 'blob', name: 'pic', path: 'p/{x}', dataType: 'Binary' },
  ]
  const retry = { strategy: 'fixedDelay', maxRetryCount: 2, delayInterval: '00:00:01.5' }
  const files = {
    'Hello/function.json': { bindings, scriptFile: '../lib/hello.js', entryPoint: 'run', retry },
    'lib/hello.js': '',
  }
  const { functions, problems, root } = await read(t, files)
  assert.deepEqual(problems, [])
  assert.deepEqual(functions, [
    {
      name: 'Hello',
      functionId: 'Hello',
      directory: join(root, 'Hello'),
      scriptFile: join(root, 'lib/hello.js'),
      entryPoint: 'run',
      rawBindings: bindings.map((binding) => JSON.stringify(binding)),
      bindings: {
        req: { type: 'httpTrigger', direction: 'in' },
        $return: { type: 'http', direction: 'out' },
        pic: { type: 'blob', direction: 'in', dataType: 'binary' },
      },
      retryOptions: {
        retryStrategy: 'fixedDelay',
        maxRetryCount: 2,
        delayInterval: { seconds: 1, nanos: 500_000_000 },
        minimumInterval: { seconds: 0, nanos: 0 },
        maximumInterval: { seconds: 0, nanos: 0 },
      },
    },
  ])
})

for (const [files, script] of [
  [['only.js'], 'only.js'],
  [['run.js', 'other.js'], 'run.js'],
  [['Index.js', 'other.js'], 'Index.js'],
  [['index.mjs', 'other.js'], 'index.mjs'],
  [['index.cjs', 'readme.md'], 'index.cjs'],
] as const) {
  test(`of ${files.join(' and ')} the script is ${script}`, async (t) => {
    const scripts = Object.fromEntries(files.map((name) => [`Fn/${name}`, '']))
    const { functions, root } = await read(t, { 'Fn/function.json': functionJson, ...scripts })
    assert.equal(functions[0]?.scriptFile, join(root, 'Fn', script))
  })
}

const built = { 'Fn/function.json': { ...functionJson, scriptFile: '../dist/Fn/index.js' } }
const sources: readonly (readonly [title: string, files: Files, script: string])[] = [
  ['the first folder stands for the output', { ...built, 'Fn/index.ts': '' }, 'Fn/index.ts'],
  ['sources may be in src', { ...built, 'src/Fn/index.ts': '' }, 'src/Fn/index.ts'],
  [
    'tsconfig.json says where sources are',
    {
      'Fn/function.json': { ...functionJson, scriptFile: '../build/out/Fn/index.mjs' },
      'tsconfig.json': '{ // ours\n "compilerOptions": { "outDir": "./build/out/", "rootDir": "app", } }',
      'app/Fn/index.mts': '',
      'Fn/index.mts': '',
    },
    'app/Fn/index.mts',
  ],
  [
    'a script without output folder has its source beside it',
    { 'Fn/function.json': { ...functionJson, scriptFile: 'index.js' }, 'Fn/index.ts': '', 'index.ts': '' },
    'Fn/index.ts',
  ],
  [
    'no scriptFile is needed',
    { 'Fn/function.json': functionJson, 'Fn/index.ts': '', 'Fn/other.ts': '' },
    'Fn/index.ts',
  ],
  ['what is built goes first', { ...built, 'Fn/index.ts': '', 'dist/Fn/index.js': '' }, 'dist/Fn/index.js'],
]
for (const [title, files, script] of sources) {
  test(`a function that is not built runs from its source: ${title}`, async (t) => {
    const { functions, problems, root } = await read(t, files)
    assert.deepEqual([functions[0]?.scriptFile, problems], [join(root, script), []])
  })
}

test('byte order mark, comments and keys in any case are read', async (t) => {
  const text = `\ufeff{ // v1\n "Bindings": [${JSON.stringify(httpTrigger)},], }`
  const { functions } = await read(t, { 'Fn/function.json': text, 'Fn/index.js': '' })
  assert.equal(functions.length, 1)
})

test('excluded folders, hidden ones, packages and folders without function.json are no functions', async (t) => {
  const { functions, problems } = await read(t, {
    'Old/function.json': { ...functionJson, excluded: true },
    '.vscode/function.json': functionJson,
    'node_modules/function.json': functionJson,
    'Shared/lib.js': '',
  })
  assert.deepEqual([functions, problems], [[], []])
})

test('a function is disabled by true, by a setting that is on, and not by one that is off', async (t) => {
  const disabledBy = (disabled: unknown) => ({ ...functionJson, disabled, scriptFile: '../index.js' })
  const { disabled } = await read(
    t,
    {
      'index.js': '',
      'A/function.json': disabledBy(true),
      'B/function.json': disabledBy(false),
      'C/function.json': disabledBy('IS_OFF'),
      'D/function.json': disabledBy('%IS_OFF%'),
      'E/function.json': disabledBy('IS_ON'),
      'F/function.json': disabledBy('True'),
      'G/function.json': disabledBy('unknown'),
    },
    { IS_OFF: '1', IS_ON: 'false' },
  )
  assert.deepEqual([...disabled].sort(), ['A', 'C', 'D', 'F'])
})

const bad: readonly (readonly [title: string, files: Files, message: RegExp])[] = [
  ['no bindings', { 'Fn/function.json': {}, 'Fn/index.js': '' }, /At least one binding must be declared/],
  ['empty bindings', { 'Fn/function.json': { bindings: [] } }, /At least one binding must be declared/],
  [
    'a binding that is no object',
    { 'Fn/function.json': { bindings: [1] } },
    /index 0 of Fn\/function.json must be an object/,
  ],
  [
    'a scriptFile that is not there',
    { 'Fn/function.json': { ...functionJson, scriptFile: 'x.js' } },
    /'scriptFile' property is set to a file that does not exist \(.*Fn\/x\.js\)/,
  ],
  [
    'a scriptFile without a file and without a source',
    { ...built, 'index.ts': '' },
    /'scriptFile' property is set to a file that does not exist \(.*dist\/Fn\/index\.js\)/,
  ],
  [
    'no script at all',
    { 'Fn/function.json': functionJson },
    /Unable to determine the primary function script/,
  ],
  [
    'two scripts of no special name',
    { 'Fn/function.json': functionJson, 'Fn/a.js': '', 'Fn/b.js': '' },
    /Unable to determine the primary function script/,
  ],
  [
    'a C# script',
    { 'Fn/function.json': functionJson, 'Fn/run.csx': '' },
    /In-process \.NET functions .* cannot run here/,
  ],
  [
    'a script of another language',
    { 'Fn/function.json': functionJson, 'Fn/run.py': '' },
    /not of the app's language \(FUNCTIONS_WORKER_RUNTIME is 'node'\)/,
  ],
  [
    'broken JSON',
    { 'Fn/function.json': '{\n "bindings": [' },
    /^Fn\/function\.json \(line 2, column 15\) is not valid JSON/,
  ],
  [
    'a retry policy of no strategy',
    { 'Fn/function.json': { ...functionJson, retry: { maxRetryCount: 1 } }, 'Fn/index.js': '' },
    /'retry\.strategy' is missing/,
  ],
]
for (const [title, files, message] of bad) {
  test(`a function with ${title} is a problem, and the next one is still read`, async (t) => {
    const next = { 'Next/function.json': functionJson, 'Next/index.js': '' }
    const { functions, problems } = await read(t, { ...files, ...next })
    assert.deepEqual(
      functions.map(({ name }) => name),
      ['Next'],
    )
    assert.deepEqual(
      problems.map(({ name }) => name),
      ['Fn'],
    )
    assert.match(problems[0]?.message ?? '', message)
  })
}

test('a folder whose name no function may have is a problem', async (t) => {
  const { problems } = await read(t, { 'host/function.json': functionJson, 'host/index.js': '' })
  assert.deepEqual(problems, [{ name: 'host', message: "'host' is not a valid function name." }])
})

test('custom handlers need no script', async (t) => {
  const { functions } = await read(
    t,
    { ...customHandlerHost, 'Fn/function.json': functionJson },
    { FUNCTIONS_WORKER_RUNTIME: 'custom' },
  )
  assert.equal(functions[0]?.scriptFile, undefined)
})

test('folders beside functions in code are warned of by name', async (t) => {
  const mixed = await loadFolder(t, { 'A/function.json': functionJson, 'B/function.json': functionJson })
  assert.match((await mixedModelWarning(mixed)) ?? '', /^Detected mixed function app\. .* A, B\./)
  assert.equal(await mixedModelWarning(await loadFolder(t, {})), undefined)
})
