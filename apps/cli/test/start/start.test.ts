import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { cli } from '../memory-terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { appFolder, linkPackages } from './app-folder.ts'
import { ChildCli, type ChildOptions } from './child-cli.ts'

const httpFunction = (name: string, body = `'${name}'`) =>
  `require('@azure/functions').app.http('${name}', { methods: ['GET'], handler: async (request, context) => (${body}) })\n`

const ready = /^For detailed output, run func with --verbose flag\.$/m

async function start(
  t: TestContext,
  directory: string,
  words: string[] = [],
  options: Partial<ChildOptions> = {},
) {
  const child = new ChildCli(t, ['start', '--no-storage', '--port', '0', ...words], { directory, ...options })
  await child.until(ready)
  const [, url = ''] = /(https?:\/\/[^/\s]+:\d+)\//.exec(child.output) ?? []
  return { child, url }
}

test('the console has the form that tools read', async (t) => {
  const directory = await appFolder(t, {
    'src/app.js': `
      const { app } = require('@azure/functions')
      app.get('hello', { handler: async (request, context) => { context.log('one\\ntwo'); return { body: 'hi' } } })
      app.timer('tick', { schedule: '0 0 0 1 1 *', handler() {} })
      app.timer('closed', { schedule: '0 0 0 1 1 *', handler() {} })`,
    'local.settings.json': `{"IsEncrypted":false,"Values":{
      "FUNCTIONS_WORKER_RUNTIME":"node","AzureWebJobs.closed.Disabled":"true"}}`,
  })
  const { child, url } = await start(t, directory)
  assert.equal(await (await fetch(`${url}/api/hello`)).text(), 'hi')
  await child.until(/Executed 'Functions\.hello'/)
  assert.equal(await child.stop(), 0)

  const time = String.raw`\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] `
  const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
  const expected = [
    `\nAzure Functions Core Tools\nCore Tools Version: {7}\\S+ Commit hash: \\S+ \\(64-bit\\)\n`,
    `Function Runtime Version: 4\\.\\S+\n\n`,
    `(${time}.+\n)*${time}Worker process started and initialized\\.\n`,
    `(${time}.+\n)*${time}Host lock lease acquired by instance ID '\\S+'\\.\n`,
    `(${time}.+\n)*\nFunctions:\n\n\thello: \\[GET\\] ${url}/api/hello\n\n\ttick: timerTrigger\n\n`,
    `Function closed is disabled\\.\n`,
    `For detailed output, run func with --verbose flag\\.\n`,
    `${time}Executing 'Functions\\.hello' \\(Reason='[^']+', Id=${id}\\)\n`,
    `${time}one\n${time}two\n`,
    `${time}Executed 'Functions\\.hello' \\(Succeeded, Id=${id}, Duration=\\d+ms\\)\n`,
  ]
  assert.match(child.output, new RegExp(`^${expected.join('')}`))
  assert.equal(child.errors, '')
})

test('a failed invocation shows the user’s own stack', async (t) => {
  const directory = await appFolder(t, {
    'src/app.js': `\nrequire('@azure/functions').app.get('fail', {\n  handler: async () => { throw new Error('my mistake') },\n})`,
  })
  const { child, url } = await start(t, directory)
  assert.equal((await fetch(`${url}/api/fail`)).status, 500)
  await child.until(/Executed 'Functions\.fail' \(Failed/)
  await child.until(/Error: my mistake\n\[[^\]]+\] {5}at .*src\/app\.js:3:\d+\)?\n/)
  assert.doesNotMatch(child.output, /workers\/node/)
})

test('--cors lets web pages of other origins call', async (t) => {
  const directory = await appFolder(t, {
    'src/a.js': httpFunction('a', `{ body: 'a' }`),
    'local.settings.json':
      '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"node"},"Host":{"CORS":"http://c"}}',
  })
  const { url } = await start(t, directory, ['--cors', 'http://a,http://b', '--cors-credentials'])
  const allowed = async (origin: string) => {
    const { headers } = await fetch(`${url}/api/a`, { headers: { origin } })
    return [headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')]
  }
  assert.deepEqual(await allowed('http://b'), ['http://b', 'true'])
  assert.deepEqual(await allowed('http://c'), [null, null])
})

test('--trace shows where the time of an invocation went, below its lines', async (t) => {
  const directory = await appFolder(t, { 'src/a.js': httpFunction('a', `{ body: 'a' }`) })
  const { child, url } = await start(t, directory, ['--trace'])
  await fetch(`${url}/api/a`)
  const phases = String.raw`wait [\d.]+ \| inputs 0\.0 \| worker [\d.]+ \| outputs [\d.]+`
  await child.until(
    new RegExp(`Executed 'Functions\\.a' .*\n\\[[^\\]]+\\] └ a 200 in [\\d.]+ ms: ${phases}\n`),
  )
})

test('editors are told of worker processes, on the console or in a file', async (t) => {
  const log = `console.log('azfuncjsonlog:{"from":"app"}')`
  const directory = await appFolder(t, {
    'src/a.js': `${log};${httpFunction('a', '{ jsonBody: process.pid }')}`,
  })
  const { child, url } = await start(t, directory, ['--enable-json-output'])
  const pid = await (await fetch(`${url}/api/a`)).text()
  await child.until(/^{"from":"app"}$/m)
  assert.match(child.output, new RegExp(`^{"name":"node-worker-startup","workerProcessId":${pid}}$`, 'm'))
  await child.stop()

  const quiet = await start(t, directory, ['--enable-json-output', '--json-output-file', 'tools.json'])
  await quiet.child.stop()
  const lines = (await readFile(join(directory, 'tools.json'), 'utf8')).trimEnd().split('\n')
  assert.deepEqual(JSON.parse(lines[0]!), { from: 'app' })
  assert.equal(JSON.parse(lines[1]!).name, 'node-worker-startup')
  assert.doesNotMatch(quiet.child.output, /^{/m)
})

test('--functions loads only those that it names', async (t) => {
  const directory = await appFolder(t, { 'src/a.js': httpFunction('a'), 'src/b.js': httpFunction('b') })
  const { child } = await start(t, directory, ['--functions', 'b'])
  assert.match(child.output, /\tb: \[GET\]/)
  assert.doesNotMatch(child.output, /\ta: /)
})

test('a new TypeScript app runs without a build', async (t) => {
  const directory = await temporaryDirectory(t)
  await cli(['init', '--language', 'typescript', '--skip-npm-install'], { directory })
  await linkPackages(directory)
  await cli(['new', '-t', 'HTTP trigger', '-n', 'hello-there'], { directory })
  const { url } = await start(t, directory)
  assert.equal(await (await fetch(`${url}/api/hello-there?name=Ada`)).text(), 'Hello, Ada!')
})

test('a new JavaScript app of model v3 runs', async (t) => {
  const directory = await temporaryDirectory(t)
  await cli(['init', '--model', 'v3', '--skip-npm-install'], { directory })
  await cli(['new', '-t', 'HTTP trigger', '-n', 'Hello'], { directory })
  const { url } = await start(t, directory)
  assert.equal(await (await fetch(`${url}/api/Hello?name=Ada`)).text(), 'Hello, Ada!')
})

test('a changed file is loaded, and the functions are listed again', async (t) => {
  const directory = await appFolder(t, { 'src/a.js': httpFunction('before') })
  const { child } = await start(t, directory)
  await writeFile(join(directory, 'src/a.js'), httpFunction('after'))
  await child.until(/Functions:\n\n\tafter: /)
})

test('two apps run side by side, each on its port, their lines told apart', async (t) => {
  const body = `(context.log('said ' + request.url), { body: request.url })`
  const first = await appFolder(t, { 'src/a.js': httpFunction('a', body) })
  const second = await appFolder(t, { 'src/b.js': httpFunction('b', body) })
  const directory = await temporaryDirectory(t)
  const child = new ChildCli(t, ['start', first, second, '--no-storage', '--port', '0'], { directory })
  await child.until(ready)
  for (const name of ['a', 'b']) {
    const [, url = ''] = await child.until(new RegExp(`\t${name}: \\[GET\\] (\\S+)`))
    assert.equal(await (await fetch(url)).text(), url)
    await child.until(new RegExp(`\\] \\[aloft-cli-\\w+\\] said ${url}\n`))
  }
})

test('https works with the local authority, and with --useHttps its address is shown', async (t) => {
  const directory = await appFolder(t, { 'src/a.js': httpFunction('a', `{ body: request.url }`) })
  const { child } = await start(t, directory, ['--useHttps'])
  const [, url = ''] = await child.until(/\ta: \[GET\] (https:\S+)/)
  const path = (await cli(['trust', '--path'], { directory })).output.trim()
  assert.equal(await securely(url, await readFile(path, 'utf8')), url)
})

test('the debugger’s arguments reach the worker', async (t) => {
  const directory = await appFolder(t, { 'src/a.js': httpFunction('a', `{ jsonBody: process.execArgv }`) })
  const { url } = await start(t, directory, ['--language-worker', '--', '--max-old-space-size=321'])
  const execArgv = (await (await fetch(`${url}/api/a`)).json()) as string[]
  assert.ok(execArgv.includes('--max-old-space-size=321'), String(execArgv))
})

test('state goes to the folder that --data names, and stays out of version control', async (t) => {
  const directory = await appFolder(t, { 'src/a.js': httpFunction('a') })
  const { child } = await start(t, directory, ['--data', 'state'])
  await child.stop()
  assert.equal(await readFile(join(directory, 'state/.gitignore'), 'utf8'), '*\n')
})

test('--verbose shows what the host does', async (t) => {
  const directory = await appFolder(t, { 'src/a.js': httpFunction('a') })
  const child = new ChildCli(t, ['start', '--no-storage', '--port', '0', '--verbose'], { directory })
  await child.until(/\ta: \[GET\]/)
  await child.until(/Host lock lease acquired/)
  assert.doesNotMatch(child.output, ready)
})

test('Ctrl+C ends an app that does not come up, and its worker', async (t) => {
  const directory = await appFolder(t, {
    'src/a.js': `console.log('I am ' + process.pid); for (;;) {}`,
  })
  const child = new ChildCli(t, ['start', '--no-storage', '--port', '0', '--verbose'], { directory })
  const [, worker] = await child.until(/I am (\d+)/)
  assert.equal(await child.stop(), 0)
  assert.equal(isRunning(Number(worker)), false)
})

test('a second Ctrl+C ends the host and its workers at once', async (t) => {
  const body = `(context.log('I am ' + process.pid), await new Promise(() => {}))`
  const directory = await appFolder(t, { 'src/a.js': httpFunction('a', body) })
  const { child, url } = await start(t, directory)
  const answer = fetch(`${url}/api/a`).catch(() => 'cut off')
  const [, worker] = await child.until(/I am (\d+)/)
  void child.stop()
  await child.until(/Ctrl\+C again ends it at once/)
  assert.equal(await child.stop(), 130)
  assert.equal(await answer, 'cut off')
  while (isRunning(Number(worker))) await pause(10)
})

test('a port in use is a user error that names it', async (t) => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const directory = await appFolder(t, { 'src/a.js': httpFunction('a') })
  const child = new ChildCli(t, ['start', '--no-storage', '--port', String(port)], { directory })
  assert.equal(await child.exited, 1)
  assert.equal(
    child.errors,
    `error: Port ${port} is already in use.\nhint:  Close the other program or use --port.\n`,
  )
})

test('an app that cannot start is a user error with the place, and no stack', async (t) => {
  const directory = await appFolder(t, { 'host.json': '{\n  "version": "1.0"\n}' })
  const child = new ChildCli(t, ['start', '--no-storage', '--port', '0'], { directory })
  assert.equal(await child.exited, 1)
  assert.match(child.errors, /^error: host\.json \(line 2, column \d+\): 'version' is "1\.0"/)
  assert.doesNotMatch(child.errors, /\n +at /)
})

test('an entry point that ends its process is a user error', async (t) => {
  const directory = await appFolder(t, { 'src/a.js': 'process.exit(3)' })
  const child = new ChildCli(t, ['start', '--no-storage', '--port', '0'], { directory })
  assert.equal(await child.exited, 1)
  assert.match(child.errors, /^error: The app cannot be loaded: .*code 3/)
})

test('an app that does not come up in time is a user error that names --timeout', async (t) => {
  const directory = await appFolder(t, {
    'package.json': '{"type":"module","main":"src/*.js"}',
    'src/a.js': 'setInterval(() => {}, 1000); await new Promise(() => {})',
  })
  const child = new ChildCli(t, ['start', '--no-storage', '--port', '0', '--timeout', '1'], { directory })
  assert.equal(await child.exited, 1)
  assert.match(child.errors, /^error: The app did not start within 1 seconds\nhint: .*--timeout/)
})

function isRunning(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch {
    return false
  }
}

/** The body of the answer, from a server that `authority` vouches for. */
function securely(url: string, authority: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { ca: authority, agent: false }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve(body)
    })
      .on('error', reject)
      .end()
  })
}
