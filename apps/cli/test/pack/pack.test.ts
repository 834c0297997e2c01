import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { crc32, inflateRawSync } from 'node:zlib'
import { ZipWriter } from '@aloft/kernel'
import fc from 'fast-check'
import { cli } from '../memory-terminal.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

interface Entry {
  readonly text: string
  readonly mode: number
}

/** Reads a zip file by its directory, as unpackers do. */
function readZip(bytes: Buffer): Map<string, Entry> {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  const entries = new Map<string, Entry>()
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30)]
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    const local = bytes.readUInt32LE(at + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const body = bytes.subarray(start, start + bytes.readUInt32LE(at + 20))
    const content = bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(body) : body
    assert.equal(crc32(content), bytes.readUInt32LE(at + 16))
    assert.equal(content.length, bytes.readUInt32LE(at + 24))
    entries.set(name, { text: content.toString(), mode: bytes.readUInt32LE(at + 38) >>> 16 })
    at += 46 + nameLength + extraLength
  }
  return entries
}

async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory(t)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  return directory
}

const files = {
  'host.json': '{"version":"2.0"}',
  'local.settings.json': '{"secret":1}',
  '.funcignore': '*.ts\ntest\nnode_modules/typescript/\n',
  '.git/HEAD': 'x',
  '.aloft/state': 'x',
  'src/a.js': 'a '.repeat(500),
  'src/a.ts': 'x',
  'test/a.js': 'x',
  'node_modules/typescript/index.js': 'x',
  'node_modules/dep/test/index.js': 'kept',
}
const expected = ['host.json', 'node_modules/dep/test/index.js', 'src/a.js']

test('a package holds what the app needs, and no secrets', async (t) => {
  const directory = await folder(t, files)
  const { exitCode, output } = await cli(['pack', '--no-build'], { directory })
  assert.equal(exitCode, 0)
  assert.equal(output, `Created ${basename(directory)}.zip with 3 files.\n`)
  const zip = await readFile(join(directory, `${basename(directory)}.zip`))
  const entries = readZip(zip)
  assert.deepEqual([...entries.keys()], expected)
  assert.equal(entries.get('src/a.js')?.text, files['src/a.js'])
  // Again, now with the zip file in the folder: the same bytes.
  await cli(['pack', 'custom', '--no-build'], { directory })
  await cli(['pack', 'node', '--no-build'], { directory })
  assert.deepEqual(await readFile(join(directory, `${basename(directory)}.zip`)), zip)
})

test('--list shows what would be in it', async (t) => {
  const directory = await folder(t, files)
  assert.equal((await cli(['pack', '--list'], { directory })).output, `${expected.join('\n')}\n`)
})

test('links are followed, but not in circles, and programs stay programs', async (t) => {
  const directory = await folder(t, { 'app/host.json': '{}', 'lib/run.sh': 'run' })
  await chmod(join(directory, 'lib/run.sh'), 0o755)
  await symlink(join(directory, 'lib'), join(directory, 'app/lib'))
  await symlink(join(directory, 'app'), join(directory, 'app/self'))
  await symlink(join(directory, 'nowhere'), join(directory, 'app/broken'))
  await cli(['pack', 'app', '--output', 'out', '--no-build'], { directory })
  assert.deepEqual(Object.fromEntries(readZip(await readFile(join(directory, 'out/app.zip')))), {
    'host.json': { text: '{}', mode: 0o100644 },
    'lib/run.sh': { text: 'run', mode: 0o100755 },
  })
})

test('a build that fails makes no package', async (t) => {
  const directory = await folder(t, {
    'host.json': '{}',
    'package.json': '{"scripts":{"build":"exit 3"}}',
  })
  const environment = { PATH: process.env.PATH, HOME: directory, npm_config_update_notifier: 'false' }
  const { exitCode, errors } = await cli(['pack', '--skip-install'], { directory, environment })
  assert.equal(exitCode, 1)
  assert.match(errors, /'npm run build' failed: exit code 3\nhint: +--no-build packs what is there/)
})

test('a folder without an app is refused', async (t) => {
  assert.match((await cli(['pack'], { directory: await folder(t, {}) })).errors, /host\.json is missing/)
})

test('whatever is put into a zip file can be taken out', async (t) => {
  const path = join(await temporaryDirectory(t), 'x.zip')
  const contents = fc.dictionary(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.string({ unit: 'grapheme' }),
  )
  await fc.assert(
    fc.asyncProperty(contents, async (texts) => {
      const handle = await open(path, 'w')
      const zip = new ZipWriter((bytes) => handle.writeFile(bytes))
      for (const [name, text] of Object.entries(texts)) await zip.add(name, Buffer.from(text), 'file')
      await zip.end()
      await handle.close()
      const read = [...readZip(await readFile(path))].map(([name, { text }]) => [name, text])
      assert.deepEqual(read, Object.entries(texts))
    }),
    { numRuns: 50 },
  )
})

test('more entries than the old format counts are read by unzip', async (t) => {
  const path = join(await temporaryDirectory(t), 'large.zip')
  const handle = await open(path, 'w')
  const zip = new ZipWriter((bytes) => handle.writeFile(bytes))
  for (let index = 0; index < 65_600; index++) await zip.add(`f${index}`, new Uint8Array(), 'file')
  await zip.end()
  await handle.close()
  const script = 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(len(z.namelist()), z.testzip())'
  let output: string
  try {
    output = execFileSync('python3', ['-c', script, path], { encoding: 'utf8' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return t.skip('there is no Python here')
    throw error
  }
  assert.equal(output, '65600 None\n')
})
