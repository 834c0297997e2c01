/** A disk without room: what needs none goes on, what needs some says so, and all is well when there is room again. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openEngine } from '@aloft/engine'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { HostUnderTest } from '../contract/app-under-test.ts'
import { makeSmallDisk } from './small-disk.ts'

const clock = new VirtualClock()
const disk = makeSmallDisk()
const { directory: dataDirectory, wrapEngine } = disk
const host = await HostUnderTest.open({ clock, wrapEngine, ...(dataDirectory && { dataDirectory }) })
after(async () => {
  await host.close()
  disk.remove()
})

const app = await host.startApp({
  files: {
    'package.json': { main: 'app.js' },
    'app.js': `
      const { app } = require('@azure/functions')
      app.get('hello', { authLevel: 'anonymous', handler: async () => ({ body: 'in' }) })
      app.timer('tick', { schedule: '0 * * * * *', handler: async (_, context) => context.log('tick') })`,
  },
})
const ticks = () => app.log.userMessages('tick').length

/** Lets time go by, in steps that the database keeps up with, until `isSo`. */
async function turnUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await clock.advance(500)
}

test('on a full disk HTTP functions answer, timers wait and say why, and they run when there is room again', async () => {
  await turnUntil(() => ticks() === 1)
  await app.log.find(/^Executed 'Functions.tick' \(Succeeded/)
  disk.fill()

  const failures = () => app.log.all(/^The timer of 'tick' failed: .*full/)
  await turnUntil(() => failures().length > 0)
  const before = ticks()
  for (let each = 0; each < 20; each++) assert.equal(await (await app.fetch('hello')).text(), 'in')
  await clock.advance(10_000)
  assert.equal(ticks(), before)
  const key = await fetch(`${app.url}/admin/functions/hello/keys/new`, { method: 'POST' })
  assert.equal(key.status, 500)

  disk.free()
  await turnUntil(() => ticks() === before + 1)
  assert.equal((await fetch(`${app.url}/admin/functions/hello/keys/new`, { method: 'POST' })).status, 201)
  await turnUntil(() => ticks() === before + 2)
})

test('nothing is damaged, and nothing that was acknowledged is lost', { skip: !dataDirectory }, async () => {
  disk.fill()
  const path = `${app.url}/admin/functions/hello/keys`
  const made = await Promise.all(
    Array.from({ length: 200 }, async (_, each) => {
      const { status } = await fetch(`${path}/key-${each}`, { method: 'POST' })
      return status === 201 ? [`key-${each}`] : []
    }),
  )
  disk.free()
  const { keys } = (await (await fetch(path)).json()) as { keys: { name: string }[] }
  const names = new Set(keys.map(({ name }) => name))
  assert.deepEqual(
    made.flat().filter((name) => !names.has(name)),
    [],
  )
  await app.close()
  await host.host.close(AbortSignal.timeout(5000))
  await host.engine.close()
  const reopened = await openEngine({ directory: dataDirectory!, clock, log: new Logger(clock, []) })
  const check = await reopened.database.read((rows) =>
    rows.get<{ integrity_check: string }>('PRAGMA integrity_check'),
  )
  const kept = await reopened.database.read((rows) =>
    rows.all<{ name: string }>("SELECT name FROM functions_keys WHERE name LIKE 'key-%'"),
  )
  await reopened.close()
  assert.equal(check?.integrity_check, 'ok')
  assert.deepEqual(
    kept.map(({ name }) => name).sort(),
    [...names].filter((name) => name.startsWith('key-')).sort(),
  )
})
