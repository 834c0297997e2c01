import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import { type AppChange, ChangeBurst } from '../../src/app/change-burst.ts'

function collect() {
  const clock = new VirtualClock()
  const changes: AppChange[] = []
  return { clock, changes, burst: new ChangeBurst(clock, (change) => changes.push(change)) }
}

test('changes are told once, half a second after the last of them', async () => {
  const { clock, changes, burst } = collect()
  burst.add('b.js', 'worker')
  await clock.advance(499)
  burst.add('a.js', 'worker')
  burst.add('b.js', 'worker')
  await clock.advance(499)
  assert.deepEqual(changes, [])
  await clock.advance(1)
  assert.deepEqual(changes, [{ kind: 'worker', files: ['a.js', 'b.js'] }])
})

test('of several changes the one that asks for most counts', async () => {
  const { clock, changes, burst } = collect()
  burst.add('host.json', 'host')
  burst.add('a.js', 'worker')
  await clock.advance(500)
  burst.add('app_offline.htm', 'offline')
  burst.add('host.json', 'host')
  await clock.advance(500)
  assert.deepEqual(changes, [
    { kind: 'host', files: ['a.js', 'host.json'] },
    { kind: 'offline', files: ['app_offline.htm', 'host.json'] },
  ])
})

test('a file that changed its meaning counts with the last', async () => {
  const { clock, changes, burst } = collect()
  burst.add('app_offline.htm', 'offline')
  burst.add('app_offline.htm', 'host')
  await clock.advance(500)
  assert.deepEqual(changes, [{ kind: 'host', files: ['app_offline.htm'] }])
})

test('nothing is told after closing', async () => {
  const { clock, changes, burst } = collect()
  burst.add('a.js', 'worker')
  burst.close()
  await clock.advance(10_000)
  assert.deepEqual([changes, clock.pendingCount], [[], 0])
})
