/** What is wrong with a part of an app is said clearly, and the rest of the app works. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { FunctionProblem } from '../../src/index.ts'
import { type AppUnderTest, HostUnderTest } from './app-under-test.ts'
import { MemoryBindings } from './memory-bindings.ts'

const host = await HostUnderTest.open({ extensions: [new MemoryBindings()] })
after(() => host.close())

const good = `
  const { app } = require('@azure/functions')
  app.http('good', { authLevel: 'anonymous', methods: ['GET'], handler: async () => ({ body: 'works' }) })`

/** A v4 app with one sound function and `code` in a file between others. */
const startWith = (code: string, more: Parameters<typeof host.startApp>[0] = {}) =>
  host.startApp({
    ...more,
    files: {
      'package.json': { main: 'src/*.js' },
      'src/1-good.js': good,
      'src/2-tried.js': `const { app, input, trigger } = require('@azure/functions')\n${code}`,
      'src/3-last.js': good.replace("'good'", "'last'"),
    },
  })

/** The others work, and the log has each problem as an error. */
async function expectProblems(app: AppUnderTest, expected: readonly FunctionProblem[]): Promise<void> {
  assert.deepEqual(app.running.problems, expected)
  for (const { message } of expected) assert.equal((await app.log.find(message)).level, 'error')
  for (const name of ['good', 'last']) assert.equal(await (await app.fetch(name)).text(), 'works')
}

const problems: readonly (readonly [said: string, code: string, problem: FunctionProblem])[] = [
  [
    'a file with a syntax error',
    'const const = 1',
    {
      name: 'src/2-tried.js',
      message: `Worker was unable to load entry point "src/2-tried.js": Unexpected token 'const' (src/2-tried.js:2)`,
    },
  ],
  [
    'a file that needs a missing package',
    "\nrequire('not-installed')",
    {
      name: 'src/2-tried.js',
      message: `Worker was unable to load entry point "src/2-tried.js": Cannot find module 'not-installed' (src/2-tried.js:3)`,
    },
  ],
  [
    'a file that throws',
    'undefined.member',
    {
      name: 'src/2-tried.js',
      message: `Worker was unable to load entry point "src/2-tried.js": Cannot read properties of undefined (reading 'member') (src/2-tried.js:2)`,
    },
  ],
  [
    'a function whose name is taken',
    "app.get('good', () => {})",
    {
      name: 'src/2-tried.js',
      message: `Worker was unable to load entry point "src/2-tried.js": A function with id "good" has already been registered. (src/2-tried.js:2)`,
    },
  ],
  [
    'a function whose name differs by case alone',
    "app.get('Good', () => {})",
    { name: 'Good', message: "There is another function named 'good'; names must differ by more than case." },
  ],
  [
    'a function whose name is not allowed',
    "app.get('no name', () => {})",
    { name: 'no name', message: "'no name' is not a valid function name." },
  ],
  [
    'a route that another function answers',
    "app.get('late', { route: 'GOOD', handler: () => {} })",
    {
      name: 'late',
      message: "The route 'api/GOOD' [get] of function 'late' already belongs to function 'good'.",
    },
  ],
  [
    'a route that is no template',
    "app.get('late', { route: 'a/{b', handler: () => {} })",
    { name: 'late', message: "The route template 'api/a/{b' is invalid: there is a '{' without its '}'." },
  ],
  [
    'an unknown trigger',
    "app.generic('late', { trigger: trigger.generic({ type: 'pigeonTrigger' }), handler: () => {} })",
    {
      name: 'late',
      message: `The binding type(s) 'pigeonTrigger' are not registered. Please ensure the type is correct and the binding extension is installed.`,
      hint: 'Aloft has its bindings built in, and no such ones: docs/conformance.md lists them.',
    },
  ],
  [
    'a trigger without an option that it needs',
    "app.generic('late', { trigger: trigger.generic({ type: 'memoryTrigger' }), handler: () => {} })",
    { name: 'late', message: "The option 'topic' is missing." },
  ],
  [
    'a setting that is missing',
    "app.generic('late', { trigger: trigger.generic({ type: 'memoryTrigger', topic: '%Topic%' }), handler: () => {} })",
    { name: 'late', message: "'%Topic%' does not resolve to a value." },
  ],
  [
    'a binding expression with a brace too many',
    "app.get('late', { extraInputs: [input.generic({ type: 'memory', key: '{a' })], handler: () => {} })",
    { name: 'late', message: "Invalid template '{a'. Missing closing bracket at position 1." },
  ],
  [
    'a schedule that is none',
    "app.timer('late', { schedule: 'every day', handler: () => {} })",
    {
      name: 'late',
      message: `The schedule expression 'every day' was not recognized as a valid cron expression or timespan string.`,
      hint: 'It has 2 fields instead of 6 (second minute hour day month day-of-week).',
    },
  ],
]
for (const [said, code, problem] of problems) {
  test(`${said} is a problem of its own`, async () => {
    await expectProblems(await startWith(code), [problem])
  })
}

test('what mends several functions is told once, with the first', async () => {
  const pigeon = "trigger: trigger.generic({ type: 'pigeonTrigger' }), handler: () => {}"
  const app = await startWith(`app.generic('a', { ${pigeon} })\napp.generic('b', { ${pigeon} })`)
  const lines = app.log.all('pigeonTrigger').map(({ message }) => message)
  assert.equal(lines.length, 2)
  assert.match(lines[0]!, /'a' function is in error: .* is installed\. Aloft has its bindings built in/)
  assert.match(lines[1]!, /'b' function is in error: .* is installed\.$/)
})

test('a bundle is named where an unknown trigger might have come from', async () => {
  const app = await startWith(
    "app.generic('late', { trigger: trigger.generic({ type: 'pigeonTrigger' }), handler: () => {} })",
    {
      host: { extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' } },
    },
  )
  assert.match(app.running.problems[0]!.message, /were not found in the configured extension bundle/)
})

test('several broken files are several problems', async () => {
  const app = await host.startApp({
    files: {
      'package.json': { main: 'src/*.js' },
      'src/1-good.js': good,
      'src/2-broken.js': 'const const = 1',
      'src/3-broken.mjs.js': 'throw new Error("second")',
      'src/4-last.js': good.replace("'good'", "'last'"),
    },
  })
  await expectProblems(app, [
    {
      name: 'src/2-broken.js',
      message: `Worker was unable to load entry point "src/2-broken.js": Unexpected token 'const' (src/2-broken.js:1)`,
    },
    {
      name: 'src/3-broken.mjs.js',
      message: 'Worker was unable to load entry point "src/3-broken.mjs.js": second (src/3-broken.mjs.js:1)',
    },
  ])
})

test('main that matches nothing is said, with the file that npm writes there', async () => {
  const app = await host.startApp({ files: { 'package.json': { main: 'index.js' } } })
  const { message } = app.running.problems[0]!
  assert.match(message, /^Worker was unable to load entry point "index.js": File does not exist\./)
  await app.log.find('No job functions found.')
})

test('problems of function.json folders name the folder and the line', async () => {
  const http = [
    { type: 'httpTrigger', direction: 'in', name: 'req', authLevel: 'anonymous' },
    { type: 'http', direction: 'out', name: 'res' },
  ]
  const works = "module.exports = async (context) => { context.res = { body: 'works' } }"
  const folder = (name: string, bindings: object[], code: string, more: object = {}) => ({
    [`${name}/function.json`]: { ...more, bindings },
    [`${name}/index.js`]: code,
  })
  const app = await host.startApp({
    files: {
      ...folder('good', http, works),
      ...folder('last', http, works),
      ...folder('NoTrigger', [http[1]!], works),
      ...folder('TwoTriggers', [...http, { ...http[0]!, name: 'other' }], works),
      ...folder('SameNames', [http[0]!, { ...http[1]!, name: 'req' }], works),
      ...folder('Direction', [{ ...http[0]!, direction: 'sideways' }], works),
      ...folder('NoScript', http, works, { scriptFile: 'gone.js' }),
      ...folder('Empty', [], works),
      'NotJson/function.json': '{\n  "bindings": [\n}\n',
      'NotJson/index.js': works,
      ...folder('Syntax', http, '\nconst const = 1'),
      ...folder('Missing', http, "require('gone')"),
      ...folder('NoFunction', http, 'module.exports = 7'),
    },
  })
  const messages = Object.fromEntries(app.running.problems.map(({ name, message }) => [name, message]))
  const expected: Record<string, RegExp> = {
    NoTrigger: /^No trigger binding specified/,
    TwoTriggers: /^Multiple trigger bindings defined/,
    SameNames: /^Multiple bindings with name 'req' discovered/,
    Direction: /^'sideways' is not a valid binding direction\.$/,
    NoScript: /'scriptFile' property is set to a file that does not exist \(.*gone\.js\)/,
    Empty: /^At least one binding must be declared\.$/,
    NotJson: /NotJson\/function\.json.*line 3/,
    Syntax: /^Worker was unable to load function Syntax: 'Unexpected token 'const'' \(Syntax\/index\.js:2\)$/,
    Missing:
      /^Worker was unable to load function Missing: 'Cannot find module 'gone'' \(Missing\/index\.js:1\)$/,
    NoFunction: /The resolved entry point is not a function/,
  }
  assert.deepEqual(Object.keys(messages).sort(), Object.keys(expected).sort())
  for (const [name, pattern] of Object.entries(expected)) assert.match(messages[name]!, pattern)
  for (const name of ['good', 'last']) assert.equal(await (await app.fetch(name)).text(), 'works')
  assert.equal((await app.fetch('Syntax')).status, 500)
})

test('what keeps the whole app from running is thrown, with file and line', async () => {
  await assert.rejects(host.startApp({ files: { 'host.json': '{\n  "version": "2.0",\n' } }), {
    name: 'UserError',
    message: /^host\.json \(line \d/,
  })
  await assert.rejects(host.startApp({ settings: { FUNCTIONS_WORKER_RUNTIME: 'cobol' } }), {
    name: 'UserError',
    message: /FUNCTIONS_WORKER_RUNTIME is 'cobol'/,
  })
})
