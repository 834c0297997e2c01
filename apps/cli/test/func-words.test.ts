/** Words of `func` that have no test file of their own. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('templates are listed by language, or as JSON', async () => {
  const { output } = await cli(['templates', 'list'])
  assert.match(output, /^JavaScript Templates:\n( {2}.+\n)* {2}HTTP trigger\n[\s\S]*TypeScript Templates:\n/)
  assert.doesNotMatch((await cli(['templates', 'list', '-l', 'TypeScript'])).output, /JavaScript/)
  const { templates } = JSON.parse((await cli(['templates', 'list', '--json'])).output)
  assert.ok(templates.some(({ name }: { name: string }) => name === 'Timer trigger'))
  assert.equal((await cli(['templates', 'make'])).exitCode, 1)
})

for (const words of [
  ['extensions', 'install'],
  ['extensions', 'install', '--package', 'Microsoft.Azure.WebJobs.Extensions.Storage', '--version', '5.0.0'],
  ['extensions', 'sync'],
  ['bundles', 'download'],
]) {
  test(`'${words.join(' ')}' says that there is nothing to do, and succeeds`, async () => {
    const { exitCode, output } = await cli(words)
    assert.equal(exitCode, 0)
    assert.match(output, /^Nothing to (install|download)/)
  })
}

test('bundles add writes the bundle into host.json and leaves the rest as it is', async (t) => {
  const directory = await temporaryDirectory(t)
  const path = join(directory, 'host.json')
  await writeFile(path, '{\n  // ours\n  "version": "2.0"\n}\n')
  assert.match((await cli(['bundles', 'list'], { directory })).output, /host\.json has no extension bundle/)
  await cli(['bundles', 'add'], { directory })
  const ofGa = '"id": "Microsoft.Azure.Functions.ExtensionBundle",\n    "version": "[4.*, 5.0.0)"'
  const written = `{\n  // ours\n  "version": "2.0",\n  "extensionBundle": {\n    ${ofGa}\n  }\n}\n`
  assert.equal(await readFile(path, 'utf8'), written)
  const again = await cli(['bundles', 'add', '-c', 'Preview'], { directory })
  assert.match(again.output, /^host\.json has an extension bundle already; --force replaces it/)
  await cli(['bundles', 'add', '-c', 'preview', '--force'], { directory })
  assert.match(
    (await cli(['bundles', 'list'], { directory })).output,
    /In host\.json: Microsoft\.Azure\.Functions\.ExtensionBundle\.Preview \[4/,
  )
})

for (const words of [['bundles', 'path'], ['GetExtensionBundlePath']]) {
  test(`'${words.join(' ')}' fails, for a script that needs a path`, async () => {
    const { exitCode, output, errors } = await cli(words)
    assert.equal(exitCode, 1)
    assert.equal(output, '')
    assert.match(errors, /There is no extension bundle on this machine/)
  })
}

for (const [words, hint] of [
  [
    ['azure', 'functionapp', 'publish', 'shop', '--build', 'remote'],
    /aloft pack.*az functionapp deployment source config-zip/,
  ],
  [['azure', 'functionapp', 'fetch-app-settings', 'shop'], /az functionapp config appsettings list/],
  [['azure', 'functionapp', 'logstream', 'shop', '--browser'], /az webapp log tail/],
  [['azure', 'functionapp', 'list-functions', 'shop'], /az functionapp function list/],
  [['azure', 'storage', 'fetch-connection-string', 'account'], /az storage account show-connection-string/],
  [['Azure'], /az functionapp --help/],
  [['help', 'azure', 'functionapp'], /az functionapp --help/],
  [['azurecontainerapps', 'deploy', '--name', 'shop'], /az containerapp up/],
  [['kubernetes', 'deploy', '--name', 'shop', '--dry-run'], /Dockerfile/],
  [['deploy'], /aloft pack/],
  [['host', 'status'], /aloft start/],
  [['function', 'list'], /admin\/functions/],
] as const) {
  test(`'${words.join(' ')}' says what does that instead`, async () => {
    const { exitCode, errors } = await cli([...words])
    assert.equal(exitCode, 1)
    assert.match(errors, hint)
  })
}

test('func skips options that nobody knows, with their values; aloft refuses them', async () => {
  const words = ['templates', 'list', '--script-root', 'dist', '--javascript', '-l', 'custom']
  const { exitCode, output, errors } = await cli(words, { environment: { ALOFT_CALLED_AS: 'func' } })
  assert.equal(exitCode, 0)
  assert.match(output, /^Custom Templates:/)
  assert.equal(errors, "warning: the option '--script-root' is unknown and has no effect\n")
  assert.match((await cli(words)).errors, /Unknown option '--script-root'/)
})
