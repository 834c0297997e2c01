import assert from 'node:assert/strict'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli } from '../memory-terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { ChildCli } from './child-cli.ts'

test('the demo says where to look and what to try, all of which works, and ends in order', async (t) => {
  const directory = await temporaryDirectory(t)
  const child = new ChildCli(t, ['demo', '--storage-ports', '0,0,0', '--port', '0', '--data', 'state'], {
    directory,
  })
  const [, page = ''] = await child.until(/^Link shortener: look at (\S+)$/m)
  assert.match(await (await fetch(page)).text(), /<h1>/)
  const [, url = '', body] = await child.until(/^ {2}2\. From a terminal: {3}curl (\S+) -d '([^']+)'$/m)
  const made = await fetch(url, { method: 'POST', body })
  assert.equal(made.status, 201)
  const { links } = (await made.json()) as { links: readonly { shortUrl: string }[] }
  const visit = await fetch(links[0]!.shortUrl, { redirect: 'manual' })
  assert.equal(visit.headers.get('location'), 'https://example.org/')
  const [, connection = ''] = await child.until(
    /^ {2}3\..* aloft storage query links --connection '([^']+)'$/m,
  )
  const { output } = await cli(['storage', 'query', 'links', '--connection', connection], { directory })
  assert.match(output, /example\.org/)
  const [, source = ''] = await child.until(/^ {2}4\..*edit (\S+) and save/m)
  await access(join(directory, source))
  assert.equal(await child.stop(), 0)
})
