import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { restoreDropped } from '../src/dropped-environment.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../../aloft', import.meta.url))

test('settings with names that shells do not take come through the script', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const environment = { 'AzureWebJobs.it.Disabled': 'a=1\nb', 'a:b': 'é', plain: 'stays' }
  const directory = await temporaryDirectory(t)
  const node = join(directory, 'node')
  await mkdir(join(directory, 'node_modules'))
  await mkdir(join(directory, 'toolchain'))
  await copyFile(script, join(directory, 'aloft'))
  await writeFile(node, '#!/bin/sh\nprintf %s "$ALOFT_DROPPED_ENVIRONMENT"\n')
  await chmod(node, 0o755)
  await writeFile(join(directory, 'node_modules', '.aloft-node'), `${node}\n`)
  const env = { PATH: process.env.PATH, ...environment }
  const { stdout } = await run('/bin/sh', [join(directory, 'aloft')], { env })
  const restored: Record<string, string> = { ALOFT_DROPPED_ENVIRONMENT: stdout, plain: 'stays' }
  restoreDropped(restored)
  assert.deepEqual(restored, environment)
})

test('without such settings the environment stays as it is', () => {
  const environment = { PATH: '/bin' }
  restoreDropped(environment)
  assert.deepEqual(environment, { PATH: '/bin' })
})

test('what is there is not replaced', () => {
  const dropped = Buffer.from('a.b=old\0c.d=new\0').toString('base64')
  const environment = { 'a.b': 'kept', ALOFT_DROPPED_ENVIRONMENT: dropped }
  restoreDropped(environment)
  assert.deepEqual(environment, { 'a.b': 'kept', 'c.d': 'new' })
})
