/** Workers that die again and again, and functions that run for too long. */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { HostUnderTest } from './app-under-test.ts'

const host = await HostUnderTest.open()
const clock = new VirtualClock()
const turnedHost = await HostUnderTest.open({ clock })
after(() => Promise.all([host.close(), turnedHost.close()]))

/** An app whose processes end as soon as they load it while the file `broken` is there. */
const fragile = {
  'package.json': { main: 'app.js' },
  'app.js': `
    if (require('node:fs').existsSync('broken')) process.exit(7)
    const { app } = require('@azure/functions')
    app.get('hello', { authLevel: 'anonymous', handler: async () => ({ body: String(process.pid) }) })`,
}

test('an app whose process ends while it loads does not start, and the error says how it ended', async () => {
  await assert.rejects(
    host.startApp({ files: { ...fragile, broken: '' } }),
    /^WorkerLost: The worker process \d+ exited with code 7$/,
  )
})

test('a worker whose every successor dies is given up, and comes back when the files are mended', async () => {
  const app = await host.startApp({ files: fragile })
  const pid = Number(await (await app.fetch('hello')).text())
  await app.write('broken', '')
  process.kill(pid, 'SIGKILL')

  const { level, message } = await app.log.find('Exceeded language worker restart retry count')
  assert.equal(level, 'error')
  assert.match(message, /every new worker process dies.*or at once when a file changes/)
  assert.equal(app.log.all('Language Worker Process exited').length, 4)

  const answers = await Promise.all([app.fetch('hello'), app.fetch('hello')])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [500, 500],
  )
  const failed = await app.log.find(/Executed 'Functions.hello' \(Failed/)
  assert.match(failed.error!.message, /every new worker process dies/)
  assert.equal(app.log.all('Language Worker Process exited').length, 4)

  await rm(join(app.rootDirectory, 'broken'))
  await app.running.restart()
  assert.equal((await app.fetch('hello')).status, 200)
})

test('an app that stops starting while it runs is given up as well, without processes left behind', async () => {
  const app = await host.startApp({
    files: {
      'package.json': { main: 'app.js' },
      'app.js': `
        const { app } = require('@azure/functions')
        app.hook.appStart(() => {
          if (require('node:fs').existsSync('broken')) throw new Error('no database')
        })
        app.get('hello', { authLevel: 'anonymous', handler: async () => ({ body: String(process.pid) }) })`,
    },
  })
  const pid = Number(await (await app.fetch('hello')).text())
  await app.write('broken', '')
  process.kill(pid, 'SIGKILL')
  await app.log.find('Exceeded language worker restart retry count')
  assert.equal(app.log.all('no database').length, 3)
  assert.deepEqual(app.running.workerProcessIds, [])
})

test('a function that runs longer than functionTimeout is stopped with its process; others run on a new one', async () => {
  const app = await turnedHost.startApp({ fixture: 'failures', host: { functionTimeout: '00:00:05' } })
  const before = await (await app.fetch('hello')).text()
  const hanging = app.fetch('hangs')
  await app.log.find(`hanging in ${before}`)
  await clock.advance(4999)
  assert.equal(await (await app.fetch('hello')).text(), before)
  await clock.advance(1)
  const response = await hanging
  assert.deepEqual([response.status, await response.text()], [500, ''])
  const { level } = await app.log.find(
    /^Timeout value of 00:00:05 exceeded by function 'Functions.hangs' \(Id: '.*'\). Initiating cancellation.$/,
  )
  assert.equal(level, 'error')
  assert.notEqual(await (await app.fetch('hello')).text(), before)
})

test('an endless loop is stopped by the time limit, too', async () => {
  const app = await turnedHost.startApp({ fixture: 'failures', host: { functionTimeout: '00:00:05' } })
  const looping = app.fetch('dies/loop')
  await app.log.find(/Executing 'Functions.dies'/)
  await clock.advance(5000)
  assert.equal((await looping).status, 500)
  assert.equal((await app.fetch('hello')).status, 200)
})

test('functionTimeout -1 is no limit', async () => {
  const app = await turnedHost.startApp({ fixture: 'failures', host: { functionTimeout: '-1' } })
  const hanging = app.fetch('hangs')
  await app.log.find(/^hanging in/)
  await clock.advance(2 * 3_600_000)
  assert.equal((await app.fetch('hello')).status, 200)
  process.kill(app.running.workerProcessIds[0]!, 'SIGKILL')
  assert.equal((await hanging).status, 500)
})
