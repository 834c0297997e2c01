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
