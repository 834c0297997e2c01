import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Clock, systemClock } from '@aloft/kernel'
import { FileWatch, surveyFiles } from '../../src/app/index.ts'
import { loadApp } from '../../src/index.ts'

/** Time goes by fast: what waits for half a second waits for a few milliseconds. */
const hastyClock: Clock = {
  ...systemClock,
  after: (delayMs, action) => systemClock.after(delayMs / 20, action),
}

async function watchApp(t: TestContext) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'aloft-watch-')))
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await write('host.json', '{"version":"2.0"}')
  await write('src/a.js', '1')
  const app = await loadApp(root, { clock: hastyClock, environment: { FUNCTIONS_WORKER_RUNTIME: 'node' } })
  let count = 0
  let tell = () => {}
  const onChange = () => {
    count++
    tell()
  }
  const watch = new FileWatch({ app, files: await surveyFiles(app), onChange, onError: assert.ifError })
  t.after(async () => {
    watch.close()
    await rm(root, { recursive: true, force: true })
  })
  const changed = () =>
    new Promise<void>((resolve) => {
      tell = resolve
    })
  return { root, write, watch, changed, count: () => count }
}

test('a written file is told once', async (t) => {
  const { write, changed, count } = await watchApp(t)
  const next = changed()
  await write('src/a.js', 'more')
  await write('src/b.js', 'more')
  await next
  assert.equal(count(), 1)
})

test('files in new folders are noticed', async (t) => {
  const { write, changed } = await watchApp(t)
  let next = changed()
  await write('lib/deep/x.js', '1')
  await next
  next = changed()
  await write('lib/deep/x.js', '22')
  await next
})

test('a folder that goes is a change', async (t) => {
  const { root, changed } = await watchApp(t)
  const next = changed()
  await rm(join(root, 'src'), { recursive: true })
  await next
})

test('files that concern nobody are not told, nor any after the end', async (t) => {
  const { write, watch, changed, count } = await watchApp(t)
  await write('src/notes.txt', 'x')
  await write('src/.hidden/x.js', 'x')
  // What comes after them tells that they have been looked at.
  const next = changed()
  await write('src/a.js', '333')
  await next
  watch.close()
  await write('src/a.js', '4444')
  await new Promise((resolve) => setTimeout(resolve, 60))
  assert.equal(count(), 1)
})
