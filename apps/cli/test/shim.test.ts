import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const run = promisify(execFile)
const isWindows = process.platform === 'win32'
const checkoutFunc = fileURLToPath(new URL('../../../bin/func', import.meta.url))

test('func answers with a version of Core Tools, from the PATH and from the checkout', {
  skip: isWindows,
}, async (t) => {
  const directory = await temporaryDirectory(t)
  const { exitCode, output } = await cli(['shim', "it's here"], { directory })
  assert.equal(exitCode, 0)
  const func = join(directory, "it's here", 'func')
  assert.match(output, /func runs Aloft\.\n.* is not on the PATH yet/)
  for (const program of [func, checkoutFunc]) {
    assert.match((await run(program, ['--version'])).stdout, /^4\.\d+\.\d+\n$/)
    assert.match((await run(program, ['host', 'start', '--help'])).stdout, /^Usage: aloft start/)
  }
})

test('a folder on the PATH needs no advice', async (t) => {
  const directory = await temporaryDirectory(t)
  const { output } = await cli(['shim', '.'], { directory, environment: { PATH: directory } })
  assert.doesNotMatch(output, /PATH/)
})

test('another func is replaced only when that is asked for, its own at any time', {
  skip: isWindows,
}, async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'func'), '#!/bin/sh\n')
  const { exitCode, errors } = await cli(['shim', '.'], { directory })
  assert.equal(exitCode, 1)
  assert.match(errors, /is another program\nhint: +Choose another folder, or replace it with --force/)
  assert.equal((await cli(['shim', '.', '--force'], { directory })).exitCode, 0)
  assert.equal((await cli(['shim', '.'], { directory })).exitCode, 0)
  assert.match(await readlink(join(directory, 'func')), /\/aloft$/)
})
