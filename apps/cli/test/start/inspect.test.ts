import assert from 'node:assert/strict'
import { realpath, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { appFolder } from './app-folder.ts'
import { ChildCli } from './child-cli.ts'
import { Debugger } from './debugger.ts'

const ready = /^For detailed output, run func with --verbose flag\.$/m

const app = (text: string) => `const { app } = require('@azure/functions')
app.get('hello', {
  handler: async () => {
    return { body: '${text}' }
  },
})
`

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  await new Promise((closed) => server.close(closed))
  return port
}

function start(t: TestContext, directory: string, words: readonly string[]): ChildCli {
  return new ChildCli(t, ['start', '--no-storage', '--port', '0', ...words], { directory })
}

for (const option of ['--inspect=PORT', '--language-worker --inspect=PORT']) {
  test(`with '${option}' a breakpoint is hit, and again after a reload, on the same port`, async (t) => {
    const directory = await appFolder(t, { 'src/app.js': app('one') })
    const port = await freePort()
    const child = start(t, directory, option.replace('PORT', String(port)).split(' '))
    await child.until(new RegExp(`\\] Debugger listening on ws://127\\.0\\.0\\.1:${port}/`))
    await child.until(ready)
    const [, url = ''] = await child.until(/hello: \[GET\] (\S+)/)
    const script = pathToFileURL(await realpath(join(directory, 'src/app.js'))).href

    const hit = async (text: string) => {
      const session = await Debugger.attach(t, port)
      await session.send('Debugger.enable')
      await session.send('Debugger.setBreakpointByUrl', { url: script, lineNumber: 3 })
      const answer = fetch(url).then((response) => response.text())
      assert.deepEqual(await session.paused(), { url: script, line: 4 })
      await session.send('Debugger.resume')
      assert.equal(await answer, text)
      return session
    }
    const first = await hit('one')
    await writeFile(join(directory, 'src/app.js'), app('two'))
    await first.closed
    await child.until(/Functions:[\s\S]*Functions:/)
    await hit('two')
    assert.equal(await child.stop(), 0)
  })
}

for (const [kind, file, text] of [
  ['CommonJS', 'src/app.js', `'use strict'; ${app('one')}`],
  [
    'an ES module',
    'src/app.mjs',
    "import { app } from '@azure/functions'\nfunction unused() {}\napp.get('a', {})\n",
  ],
  [
    'TypeScript',
    'src/app.ts',
    "import { app } from '@azure/functions'\nconst a: string = 'a'\napp.get(a, {} as never)\n",
  ],
] as const) {
  test(`with --inspect-brk the app pauses at its first line: ${kind}`, async (t) => {
    const directory = await appFolder(t, { 'package.json': `{"main":"${file}"}`, [file]: text })
    const port = await freePort()
    const child = start(t, directory, [`--inspect-brk=${port}`])
    const session = await Debugger.attach(t, port)
    await session.send('Runtime.enable')
    await session.send('Debugger.enable')
    assert.doesNotMatch(child.output, ready)
    await session.send('Runtime.runIfWaitingForDebugger')
    const expected = { url: pathToFileURL(await realpath(join(directory, file))).href, line: 1 }
    assert.deepEqual(await session.paused(), expected)
    await session.send('Debugger.resume')
    await child.until(ready)
  })
}

test('Ctrl+C ends an app that waits for a debugger', async (t) => {
  const directory = await appFolder(t, { 'src/app.js': app('one') })
  const child = start(t, directory, ['--inspect-brk=0'])
  await child.until(/Debugger listening/)
  assert.equal(await child.stop(), 0)
})

test('several apps count up', async (t) => {
  const folders = [
    await appFolder(t, { 'src/app.js': app('one') }),
    await appFolder(t, { 'src/app.js': app('two') }),
  ]
  const port = await freePort()
  const child = start(t, folders[0]!, [...folders, `--inspect=${port}`])
  await child.until(ready)
  await child.until(new RegExp(`Debugger listening on ws://127\\.0\\.0\\.1:${port}/`))
  await child.until(new RegExp(`Debugger listening on ws://127\\.0\\.0\\.1:${port + 1}/`))
})

test('a port of another program is told of', async (t) => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const directory = await appFolder(t, { 'src/app.js': app('one') })
  const child = start(t, directory, [`--inspect=${port}`])
  await child.until(
    new RegExp(`Starting inspector on 127\\.0\\.0\\.1:${port} failed: address already in use`),
  )
  await child.until(/choose another port with --inspect=PORT/)
  await child.until(ready)
})
