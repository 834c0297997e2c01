import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../temporary-directory.ts'
import { ChildCli } from './child-cli.ts'

test('the demo says where to look and what to try, all of which works, and ends in order', async (t) => {
  const directory = await temporaryDirectory(t)
  const child = new ChildCli(t, ['demo', '--no-storage', '--port', '0', '--data', 'state'], { directory })
  const [, page = ''] = await child.until(/^Harbour board: look at (\S+)$/m)
  assert.match(await (await fetch(page)).text(), /<h1>/)
  const [, addresses = ''] = await child.until(/^Three things to try:\n([\s\S]+)\n\nCtrl\+C ends it\.\n/m)
  const tries = [...addresses.matchAll(/curl (\S+) -H '([^']+)' -d '([^']+)'/g)]
  assert.equal(tries.length, 2)
  for (const [, url = '', header = '', body] of tries) {
    const [name = '', value = ''] = header.split(': ')
    const response = await fetch(url, { method: 'POST', headers: { [name]: value }, body })
    assert.ok(response.ok, `${url} ${response.status}`)
  }
  assert.equal(await child.stop(), 0)
})
