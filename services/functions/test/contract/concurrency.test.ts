/** Dynamic concurrency as a trigger of another service meets it. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { HostUnderTest } from './app-under-test.ts'
import { MemoryBindings } from './memory-bindings.ts'

const memory = new MemoryBindings()
const clock = new VirtualClock()
const host = await HostUnderTest.open({ clock, extensions: [memory] })
after(() => host.close())

const files = {
  'package.json': { main: 'app.js' },
  'app.js': `
    const { app } = require('@azure/functions')
    let release
    app.generic('held', {
      trigger: { type: 'memoryTrigger', name: 'message', topic: 'held' },
      handler: () => new Promise((resolve) => { release = resolve }),
    })
    app.get('release', { authLevel: 'anonymous', handler: async () => (release(), {}) })`,
}

test('a trigger is told how many invocations it may start, less those that run', async () => {
  const app = await host.startApp({ files, host: { concurrency: { dynamicConcurrencyEnabled: true } } })
  assert.equal(memory.available('held', 0), 1)
  const running = memory.fire('held', {})
  assert.deepEqual([memory.available('held', 0), memory.available('held', 1)], [0, 0])
  await app.log.find(/^Executing 'Functions.held'/)
  await app.fetch('release')
  await running
  assert.equal(memory.available('held', 0), 1)
  await app.close()
})

test('without dynamic concurrency the limits of the trigger hold', async () => {
  const app = await host.startApp({ files })
  assert.equal(memory.available('held', 0), undefined)
  await app.close()
})
