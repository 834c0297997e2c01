import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { findAppFolders } from '../../src/start/app-folders.ts'
import { cli } from '../memory-terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const find = (named: string[], directory: string, environment = {}) =>
  findAppFolders(named, { directory, environment })

test('an app is found from every folder in it, and by name', async (t) => {
  const directory = await temporaryDirectory(t)
  const inside = join(directory, 'shop/src/functions')
  await mkdir(inside, { recursive: true })
  await writeFile(join(directory, 'shop/host.json'), '{}')
  assert.deepEqual(await find([], inside), [join(directory, 'shop')])
  assert.deepEqual(await find(['shop', './shop/'], directory), [
    join(directory, 'shop'),
    join(directory, 'shop'),
  ])
  await assert.rejects(find(['src'], join(directory, 'shop')), /host\.json is missing/)
  await assert.rejects(find(['none'], directory), /There is no folder .*none/)
})

test('a folder without an app is left as it is', async (t) => {
  const directory = await temporaryDirectory(t)
  const { exitCode, errors } = await cli(['start'], { directory })
  assert.equal(exitCode, 1)
  assert.match(errors, /There is no function app in .*: host\.json is missing\nhint: {2}'aloft init'/)
})

test('a zip file is an app, and so is a folder whose settings name a package', async (t) => {
  const directory = await temporaryDirectory(t)
  const zip = join(directory, 'shop.zip')
  await writeFile(zip, '')
  assert.deepEqual(await find(['shop.zip'], directory), [zip])
  await assert.rejects(find(['none.zip'], directory), /There is no file .*none\.zip/)

  const url = { WEBSITE_RUN_FROM_PACKAGE: 'https://example.invalid/app.zip' }
  assert.deepEqual(await find([], directory, url), [directory])
  const local = { WEBSITE_RUN_FROM_PACKAGE: '1' }
  await assert.rejects(find([], directory, local), /host\.json is missing/)
  await mkdir(join(directory, 'data/SitePackages'), { recursive: true })
  await writeFile(join(directory, 'data/SitePackages/packagename.txt'), 'app.zip')
  assert.deepEqual(await find([], directory, local), [directory])
})
