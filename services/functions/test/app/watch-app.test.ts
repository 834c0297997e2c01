import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Timer } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { type AppChange, readOfflinePage, type SourceLanguage, watchApp } from '../../src/app/index.ts'
import { addFiles, appFolder, type Files, loadFolder } from './app-folder.ts'

/** Tells when a timer is set: the file system has reported something. */
class ReportingClock extends VirtualClock {
  readonly reports = new EventEmitter()

  override after(delayMs: number, action: () => void): Timer {
    const timer = super.after(delayMs, action)
    this.reports.emit('after')
    return timer
  }
}

/** An app that is watched. `told` makes a change and answers with what the watcher says of that file. */
async function watched(t: TestContext, files: Files, language: SourceLanguage = 'JavaScript') {
  const clock = new ReportingClock()
  const app = await loadFolder(t, files, { clock })
  const root = app.context.rootDirectory
  const changes: AppChange[] = []
  const stop = await watchApp(app, language, (change) => changes.push(change), assert.ifError)
  t.after(stop)
  const told = async (file: string, change: () => void): Promise<AppChange> => {
    changes.length = 0
    let report = once(clock.reports, 'after')
    change()
    for (;;) {
      await report
      report = once(clock.reports, 'after')
      await clock.advance(500)
      const found = changes.find(({ files }) => files.includes(file))
      if (found) return found
    }
  }
  return { root, clock, changes, stop, told }
}

test('a written source asks for new workers; other files ask for nothing', async (t) => {
  const { root, changes, told } = await watched(t, { 'src/a.js': '', 'src/a.txt': '' })
  await told('src/a.js', () => addFiles(root, { 'src/a.txt': '1', 'src/new.txt': '1', 'src/a.js': '1' }))
  assert.deepEqual(changes, [{ kind: 'worker', files: ['src/a.js'] }])
})

test('function folders that come and go start the host anew', async (t) => {
  const { root, told } = await watched(t, {})
  const come = await told('Fn/function.json', () => addFiles(root, { 'Fn/function.json': {} }))
  assert.equal(come.kind, 'host')
  const gone = await told('Fn/function.json', () => rmSync(join(root, 'Fn'), { recursive: true }))
  assert.equal(gone.kind, 'host')
})

test('of the packages only an installation is seen', async (t) => {
  const { root, told } = await watched(t, { 'node_modules/x.js/a.js': '' })
  const marker = 'node_modules/.package-lock.json'
  const change = await told(marker, () => addFiles(root, { 'node_modules/x.js/a.js': '1', [marker]: {} }))
  assert.deepEqual(change, { kind: 'host', files: [marker] })
})

test('app_offline.htm is told when it comes, and its removal restarts', async (t) => {
  const { root, told } = await watched(t, {})
  const come = await told('app_offline.htm', () => addFiles(root, { 'app_offline.htm': '<p>Back soon</p>' }))
  assert.equal(come.kind, 'offline')
  assert.equal(await readOfflinePage(root), '<p>Back soon</p>')
  const gone = await told('app_offline.htm', () => rmSync(join(root, 'app_offline.htm')))
  assert.equal(gone.kind, 'host')
  assert.equal(await readOfflinePage(root), undefined)
})

test('TypeScript files are sources of an app that runs from them', async (t) => {
  const { root, told } = await watched(t, { 'src/a.ts': '' }, 'TypeScript')
  assert.equal((await told('src/a.ts', () => addFiles(root, { 'src/a.ts': '1' }))).kind, 'worker')
})

test('nothing is told after the watch has stopped', async (t) => {
  const { root, clock, changes, stop } = await watched(t, { 'a.js': '' })
  const report = once(clock.reports, 'after')
  addFiles(root, { 'a.js': '1' })
  await report
  await stop()
  await clock.advance(10_000)
  assert.deepEqual([changes, clock.pendingCount], [[], 0])
})

test('an app that is not offline has no offline page', async (t) => {
  assert.equal(await readOfflinePage(appFolder(t, {})), undefined)
})
