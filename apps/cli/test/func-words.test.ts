/** Words of `func` that have no test file of their own. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cli } from './memory-terminal.ts'

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
  ['bundles', 'list'],
]) {
  test(`'${words.join(' ')}' says that there is nothing to install, and succeeds`, async () => {
    const { exitCode, output } = await cli(words)
    assert.equal(exitCode, 0)
    assert.match(output, /^Nothing to install/)
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
