/** Other versions of the library, several copies in one process, bundles that hold it, and the slow way. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { type StartOptions, startedIn } from './worker-process.ts'

const require = createRequire(import.meta.url)
const packageFolder = (name: string) => dirname(dirname(require.resolve(name)))
const current = packageFolder('@azure/functions')
const oldest = packageFolder('azure-functions-4.0')

/** An app of its own folder; `packages` are linked into its node_modules. */
function appOf(files: Readonly<Record<string, string>>, packages: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), 'worker-versions-'))
  for (const [name, text] of Object.entries({ 'package.json': '{"main":"app.js"}', ...files }))
    writeFileSync(join(directory, name), text)
  for (const [name, target] of Object.entries(packages)) {
    const link = join(directory, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target, link)
  }
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
}

const source = `
  const { app, HttpRequest } = require('@azure/functions')
  app.http('hello', {
    methods: ['POST'],
    authLevel: 'anonymous',
    handler: async (request, context) => {
      context.log('hello')
      const headers = { 'x-type': String(request instanceof HttpRequest) }
      return { body: request.headers.get('x-name') + request.query.get('q') + (await request.text()), headers }
    },
  })`

async function checkHello(directory: string, version: string, options?: StartOptions): Promise<void> {
  await using app = await startedIn(directory, options)
  assert.equal(app.initialized.error, undefined)
  assert.equal(app.initialized.metadata.customProperties.modelVersion, version)
  const { text, response } = await app.http('hello', {
    method: 'POST',
    url: 'http://localhost/api/hello?q=2',
    headers: { 'x-name': '1' },
    query: { q: '2' },
    body: { bytes: Buffer.from('3') },
  })
  assert.equal(text, '123')
  assert.deepEqual(response.headers, { 'content-type': 'text/plain;charset=UTF-8', 'x-type': 'true' })
  assert.deepEqual(app.worker.userLogs(), ['hello'])
}

test('the oldest v4 library works', async () => {
  using app = appOf({ 'app.js': source }, { '@azure/functions': oldest })
  await checkHello(app.directory, '4.0.0')
})

test('the library works as published, with nothing done for speed', async () => {
  using app = appOf({ 'app.js': source }, { '@azure/functions': current })
  await checkHello(app.directory, '4.16.5', { environment: { ALOFT_WORKER_PLAIN: 'web,library' } })
})

test('the library works when it is imported by an ES module', async () => {
  const esm = source.replace(/const (.*) = require\((.*)\)/, 'import $1 from $2')
  using app = appOf({ 'app.mjs': esm, 'package.json': '{"main":"app.mjs"}' }, { '@azure/functions': current })
  await checkHello(app.directory, '4.16.5')
})

test('the library is loaded relevelled, however it is asked for', async () => {
  const probe = `require('@azure/functions').app.get('probe', () => ({
    body: String(require('@azure/functions').InvocationContext),
  }))`
  const imported = `import library from '@azure/functions'
    library.app.get('probe', () => ({ body: String(library.InvocationContext) }))`
  for (const [name, text] of [
    ['app.js', probe],
    ['app.mjs', imported],
  ] as const) {
    using folder = appOf(
      { [name]: text, 'package.json': JSON.stringify({ main: name }) },
      { '@azure/functions': current },
    )
    await using app = await startedIn(folder.directory)
    const { text: code } = await app.http('probe')
    assert.match(code, /_InvocationContext_userLogHandler\.put\(this/)
  }
})

test('copies of the library share one worker', async () => {
  const both = `${source}
    const old = require('old-functions')
    old.app.http('old', { authLevel: 'anonymous', handler: async (request) => ({ body: 'old ' + request.method }) })`
  using folder = appOf({ 'app.js': both }, { '@azure/functions': current, 'old-functions': oldest })
  await using app = await startedIn(folder.directory)
  assert.deepEqual(
    app.initialized.functions.map(({ name }) => name),
    ['hello', 'old'],
  )
  // The model that was set last runs all functions.
  assert.equal(app.initialized.metadata.customProperties.modelVersion, '4.0.0')
  assert.equal((await app.http('old')).text, 'old GET')
  const request = {
    method: 'POST',
    headers: { 'x-name': '1' },
    query: { q: '2' },
    body: { bytes: Buffer.from('3') },
  }
  assert.equal((await app.http('hello', request)).text, '123')
})

test('a bundle that holds the library works, relevelled, with its own use of the web classes', async () => {
  // As esbuild writes it: the file in a closure, names made unique, pure calls marked.
  const library = readFileSync(require.resolve('@azure/functions'), 'utf8')
    .replaceAll('new WeakMap()', '/* @__PURE__ */ new WeakMap()')
    .replace(/\b(__awaiter|__classPrivateField[GS]et)\b/g, '$12')
    .replace(/\(this && this\.(\w+)2\)/g, '(this && this.$1)')
  const bundle = `
    var module_1 = { exports: {} };
    (function (exports, module) {${library}
    })(module_1.exports, module_1);
    ${source.replace("require('@azure/functions')", 'module_1.exports')}
    app.get('own', () => ({
      body: String([new Response('x') instanceof Response, module_1.exports.InvocationContext]),
    }))`
  using folder = appOf(
    { 'app.js': bundle },
    {
      '@azure/functions-extensions-base': packageFolder('@azure/functions-extensions-base'),
      cookie: dirname(createRequire(require.resolve('@azure/functions')).resolve('cookie')),
    },
  )
  await checkHello(folder.directory, '4.16.5')
  await using app = await startedIn(folder.directory)
  assert.match((await app.http('own')).text, /^true,class InvocationContext[\s\S]*_userLogHandler\.put\(this/)
})
