import assert from 'node:assert/strict'
import { access, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { packageLimits } from '../../src/package/limits.ts'
import { openPackage } from '../../src/package/open-package.ts'
import { removeTree } from '../../src/package/remove-tree.ts'
import { asLink, patched, withEntry, zipOf } from './zip-file.ts'

async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aloft-package-'))
  t.after(() => removeTree(folder))
  return folder
}

async function open(t: TestContext, zip: Buffer, limits = packageLimits) {
  const folder = await scratch(t)
  const file = join(folder, 'app.zip')
  await writeFile(file, zip)
  return { folder, opened: await openPackage(file, join(folder, 'packages'), limits) }
}

/** Nothing is left behind, inside of the folder or outside. */
async function refuse(t: TestContext, zip: Buffer, expected: RegExp, limits = packageLimits) {
  const folder = await scratch(t)
  await writeFile(join(folder, 'app.zip'), zip)
  await assert.rejects(openPackage(join(folder, 'app.zip'), join(folder, 'packages'), limits), expected)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name !== 'packages'),
    ['app.zip'],
  )
  assert.deepEqual(await readdir(join(folder, 'packages')).catch(() => []), [])
}

const host = { 'host.json': '{"version":"2.0"}' }

test('a package becomes a folder that nobody writes to', async (t) => {
  const { opened } = await open(t, await zipOf({ ...host, 'src/a/b.js': 'x'.repeat(1000), 'empty.txt': '' }))
  assert.equal(await readFile(join(opened, 'src/a/b.js'), 'utf8'), 'x'.repeat(1000))
  assert.equal(await readFile(join(opened, 'empty.txt'), 'utf8'), '')
  const modes = await Promise.all(
    ['', 'src', 'src/a/b.js'].map(async (path) => (await stat(join(opened, path))).mode & 0o777),
  )
  assert.deepEqual(modes, [0o555, 0o555, 0o444])
})

test('the same bytes are unpacked once, other bytes into another folder', async (t) => {
  const folder = await scratch(t)
  const directory = join(folder, 'packages')
  const openBytes = async (text: string) => {
    await writeFile(join(folder, 'app.zip'), await zipOf({ ...host, 'a.txt': text }))
    return openPackage(join(folder, 'app.zip'), directory)
  }
  const first = await openBytes('1')
  assert.notEqual(await openBytes('2'), first)
  assert.equal(await openBytes('1'), first)
  assert.equal((await readdir(directory)).length, 2)
})

test('two who open the same file at the same time have the same folder', async (t) => {
  const folder = await scratch(t)
  await writeFile(join(folder, 'app.zip'), await zipOf(host))
  const all = await Promise.all([1, 2, 3].map(() => openPackage(join(folder, 'app.zip'), folder)))
  assert.equal(new Set(all).size, 1)
})

test('names that lead out of the package are refused', async (t) => {
  const zip = await zipOf({ ...host, 'aa/evil.js': 'x' })
  await refuse(t, patched(zip, 'aa/evil.js', '../evil.js'), /invalid relative path: \.\.\/evil\.js/)
  await refuse(t, patched(zip, 'aa/evil.js', '/aevil.jss'), /absolute path: \/aevil\.jss/)
  await refuse(t, patched(zip, 'aa/evil.js', '..\\evil.js'), /invalid relative path/)
})

test('links stay in the package', async (t) => {
  const zip = await zipOf({ ...host, 'bin/run': '../lib/run.js', 'lib/run.js': 'here' })
  const { opened } = await open(t, asLink(zip, 'bin/run'))
  assert.equal(await readFile(join(opened, 'bin/run'), 'utf8'), 'here')
  for (const target of ['../../outside', '/etc/passwd'])
    await refuse(
      t,
      asLink(await zipOf({ ...host, 'bin/run': target }), 'bin/run'),
      /bin\/run leads out of it/,
    )
})

test('nothing is written through a link', async (t) => {
  const zip = await zipOf({ ...host, a: 'b', 'a/evil.js': 'x' })
  await refuse(t, asLink(zip, 'a'), /EEXIST/)
})

test('a package that becomes too large is refused before it is written', async (t) => {
  const bomb = await zipOf({ ...host, 'zeros.bin': Buffer.alloc(100_000) })
  assert.ok(bomb.length < 1000)
  const limits = { ...packageLimits, maxContentBytes: 50_000 }
  await refuse(t, bomb, /its files have more than the 50000 bytes/, limits)
})

test('a file that is larger than it says is not written on', async (t) => {
  const zip = await zipOf({ ...host, 'zeros.bin': Buffer.alloc(100_000) })
  const lying = withEntry(zip, 'zeros.bin', (entry) => entry.writeUInt32LE(10, 24))
  await refuse(t, lying, /too many bytes in the stream/)
})

test('other faults of a package are named', async (t) => {
  const zip = await zipOf({ ...host, 'a.txt': 'some text' })
  await refuse(
    t,
    withEntry(zip, 'a.txt', (entry) => entry.writeUInt32LE(1, 16)),
    /the checksum of a\.txt is wrong/,
  )
  const long = await zipOf({ ...host, 'a.txt': 'a'.repeat(1000) })
  await refuse(
    t,
    withEntry(long, 'a.txt', (entry) => entry.writeUInt16LE(0x0801, 8)),
    /a\.txt is encrypted/,
  )
  await refuse(
    t,
    withEntry(long, 'a.txt', (entry) => entry.writeUInt16LE(99, 10)),
    /compressed by a method/,
  )
  await refuse(
    t,
    patched(await zipOf({ ...host, 'a.txt': '1', 'b.txt': '2' }), 'b.txt', 'a.txt'),
    /it has a\.txt twice/,
  )
  await refuse(t, zip.subarray(0, 100), /central directory/i)
  await refuse(t, Buffer.from('no zip file'), /central directory|too short/i)
  await refuse(t, zip, /it has 2 files; 1 are allowed/, { ...packageLimits, maxEntries: 1 })
  await refuse(t, zip, /it has \d+ bytes; 10 are allowed/, { ...packageLimits, maxPackageBytes: 10 })
  await refuse(
    t,
    await zipOf({ 'shop/host.json': '{}' }),
    /host\.json is not at its top\. Zip what is in the folder 'shop'/,
  )
  await refuse(t, await zipOf({ 'a.js': '' }), /host\.json is not at its top$/)
})

test('a program of a package that was made on Windows can be run', async (t) => {
  const zip = withEntry(await zipOf({ ...host, handler: '#!/bin/sh' }), 'handler', (entry) => {
    entry.writeUInt16LE(45, 4)
    entry.writeUInt32LE(0, 38)
  })
  const { opened } = await open(t, zip)
  await access(join(opened, 'handler'), 1)
})
