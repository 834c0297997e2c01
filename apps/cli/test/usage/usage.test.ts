import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '@aloft/kernel'
import { cli } from '../memory-terminal.ts'
import { appFolder } from '../start/app-folder.ts'
import { ChildCli } from '../start/child-cli.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const code = `const { app } = require('@azure/functions')
app.get('hello', { handler: async () => ({ body: 'hi' }) })
app.get('fail', { handler: async () => { throw new Error('no') } })`

test('what ran is shown, while the host runs and after it has ended', async (t) => {
  const directory = await appFolder(t, { 'src/app.js': code })
  const host = new ChildCli(t, ['start', '--no-storage', '--port', '0'], { directory })
  const [, url = ''] = await host.until(/hello: \[GET\] (\S+)\/hello/)
  for (let count = 0; count < 3; count++) await fetch(`${url}/hello`)
  await fetch(`${url}/fail`)
  assert.equal(await host.stop(), 0)

  const now = new Date(systemClock.now() + 60_000).toISOString()
  const { exitCode, output } = await cli(['usage', '--json', '--to', now], { directory })
  assert.equal(exitCode, 0)
  const { functions, total } = JSON.parse(output)
  assert.deepEqual(
    functions.map((each: Record<string, unknown>) => [each.functionName, each.executions, each.failures]),
    [
      ['fail', 1, 1],
      ['hello', 3, 0],
    ],
  )
  assert.ok(total.executionUnits >= 4 * 12_800, String(total.executionUnits))

  const again = new ChildCli(t, ['start', '--no-storage', '--port', '0'], { directory })
  await again.until(/hello: \[GET\]/)
  const text = await cli(['usage', '--to', now], { directory })
  assert.match(text.output, /hello {6,}3 {5,}0 /)
  const unknown = await cli(['usage', '--to', now, '--app', 'nobody'], { directory })
  assert.match(unknown.errors, /The app 'nobody' did not run in this time\nhint: .*aloft-cli-/)
})

test('a folder in which nothing ran is a user error that names it', async (t) => {
  const directory = await temporaryDirectory(t)
  const { exitCode, errors } = await cli(['usage'], { directory })
  assert.equal(exitCode, 1)
  assert.match(errors, new RegExp(`No usage has been recorded in ${directory}.*\nhint: .*--data`))
})
