/** Files that change while the app runs. */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { type AppUnderTest, HostUnderTest } from './app-under-test.ts'
import { MemoryBindings } from './memory-bindings.ts'

const memory = new MemoryBindings()
const host = await HostUnderTest.open({ extensions: [memory], standbyWorkers: 1 })
const clock = new VirtualClock()
const turnedHost = await HostUnderTest.open({ clock })
after(() => Promise.all([host.close(), turnedHost.close()]))

/** Answers with its version: at once, or when the file `release` is there. */
const version = (name: string) => `
  const { existsSync } = require('node:fs')
  const { app, trigger } = require('@azure/functions')
  const options = { authLevel: 'anonymous', methods: ['GET'] }
  app.http('version', { ...options, handler: async () => ({ body: '${name}' }) })
  app.http('held', {
    ...options,
    handler: async (_, context) => {
      context.log('held')
      while (!existsSync('release')) await new Promise((resolve) => setTimeout(resolve, 5))
      return { body: '${name}' }
    },
  })
  app.http('only${name}', { ...options, handler: async () => ({}) })`

const start = (options: Parameters<typeof host.startApp>[0] = {}) =>
  host.startApp({
    ...options,
    files: { 'package.json': { main: 'app.js' }, 'app.js': version('One'), ...options.files },
  })

const versionOf = async (app: AppUnderTest) => (await app.fetch('version')).text()

/** Resolves with the next version that has been loaded. */
const reloaded = (app: AppUnderTest) => new Promise<void>((resolve) => app.running.onReload(resolve))

test('requests in flight end on the old code, those that come meanwhile are answered, later ones by the new code', async () => {
  const app = await start()
  const held = Array.from({ length: 20 }, async () => (await app.fetch('held')).text())
  await app.log.find(() => app.log.userMessages('held').length === 20)
  await app.write('app.js', version('Two'))

  let isLoaded = false
  const restarting = app.running.restart().then(() => {
    isLoaded = true
  })
  const meanwhile: string[] = []
  while (!isLoaded) meanwhile.push(await versionOf(app))
  await restarting
  assert.equal(await versionOf(app), 'Two')
  assert.match(meanwhile.join(' '), /^(?:One ?)+(?:Two ?)*$/)

  await app.write('release', '')
  assert.deepEqual(new Set(await Promise.all(held)), new Set(['One']))
  assert.equal((await app.fetch('onlyOne')).status, 404)
  assert.equal((await app.fetch('onlyTwo')).status, 200)
})

test('what runs longer than ten seconds on the old code is given up', async () => {
  const app = await turnedHost.startApp({ fixture: 'failures' })
  const hanging = app.fetch('hangs')
  await app.log.find(/^hanging in/)
  const [old] = app.running.workerProcessIds
  await app.running.restart()
  assert.notDeepEqual(app.running.workerProcessIds, [old])
  await clock.advance(10_000)
  assert.equal((await hanging).status, 500)
})

test('a syntax error leaves the old version running and says where it is', async () => {
  const app = await start()
  await app.write('app.js', 'const fine = 1\nconst broken\n')
  await app.running.restart()
  assert.equal(await versionOf(app), 'One')
  const message =
    'Worker was unable to load entry point "app.js": Missing initializer in const declaration (app.js:2)'
  assert.deepEqual(app.running.errors, [message])
  const { level } = await app.log.find(`The app was not loaded again: ${message}`)
  assert.equal(level, 'error')
  await app.log.find('The previous version goes on running until the files are mended.')

  await app.write('app.js', version('Two'))
  await app.running.restart()
  assert.equal(await versionOf(app), 'Two')
  assert.deepEqual(app.running.errors, [])
})

test('a broken host.json leaves the old version running', async () => {
  const app = await start()
  await app.write('host.json', '{ "version": "2.0", ')
  await app.running.restart()
  assert.equal(await versionOf(app), 'One')
  assert.match(app.running.errors[0]!, /host\.json/)
})

test('an app whose new process ends while it loads goes on with the old one', async () => {
  const app = await start()
  await app.write('app.js', 'process.exit(1)')
  await app.running.restart()
  assert.equal(await versionOf(app), 'One')
  assert.match(app.running.errors[0]!, /exited with code 1/)
})

test('triggers of the old version stop before those of the new one start', async () => {
  const app = await start({
    files: {
      'app.js': `
        const { app, trigger } = require('@azure/functions')
        const options = { trigger: trigger.generic({ type: 'memoryTrigger', topic: 'news' }) }
        app.generic('listen', { ...options, handler: async () => {} })`,
    },
  })
  await app.running.restart()
  assert.deepEqual(memory.listenerEvents, ['started news', 'stopped news', 'started news'])
})

test('a changed file is loaded by itself when the app is watched', async () => {
  const app = await start({ start: { isWatching: true } })
  const loaded = reloaded(app)
  await app.write('app.js', version('Two'))
  await loaded
  assert.equal(await versionOf(app), 'Two')
})

test('app_offline.htm takes the app off line, and its removal brings it back', async () => {
  const app = await start({ start: { isWatching: true } })
  const held = app.fetch('held')
  await app.log.find('held')
  await app.write('app_offline.htm', '<p>Back at noon.</p>')
  await app.log.find('The app is offline.')
  const response = await app.fetch('version')
  assert.deepEqual([response.status, await response.text()], [503, '<p>Back at noon.</p>'])
  await app.write('release', '')
  assert.equal(await (await held).text(), 'One')

  const loaded = reloaded(app)
  await rm(join(app.rootDirectory, 'app_offline.htm'))
  await loaded
  assert.equal(await versionOf(app), 'One')
})

test('an app that starts with app_offline.htm is off line', async () => {
  const app = await start({ files: { 'app_offline.htm': 'closed' } })
  assert.equal((await app.fetch('version')).status, 503)
})
