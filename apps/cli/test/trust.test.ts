import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test('trust says what to set for each kind of program', async (t) => {
  const directory = await temporaryDirectory(t)
  const { exitCode, output } = await cli(['trust'], { directory })
  assert.equal(exitCode, 0)
  for (const name of [
    'NODE_EXTRA_CA_CERTS',
    'SSL_CERT_FILE',
    'REQUESTS_CA_BUNDLE',
    'curl --cacert',
    'keytool',
  ])
    assert.ok(output.includes(name), name)
})

test('trust --path prints the path of the certificate alone', async (t) => {
  const directory = await temporaryDirectory(t)
  const { output } = await cli(['trust', '--path'], { directory })
  assert.ok(output.startsWith(join(directory, '.aloft')))
  assert.equal(new X509Certificate(await readFile(output.trim())).ca, true)
})

test('trust --export copies the certificate, and the authority stays the same', async (t) => {
  const directory = await temporaryDirectory(t)
  await cli(['trust', '--export', 'ca.pem'], { directory })
  const { output } = await cli(['trust', '--path'], { directory })
  assert.equal(await readFile(join(directory, 'ca.pem'), 'utf8'), await readFile(output.trim(), 'utf8'))
})
