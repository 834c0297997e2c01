import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { NotificationOptions } from '../../src/functions/durable-options.ts'
import { EventGridNotifier } from '../../src/notifications/event-grid.ts'

const event = {
  hub: 'Hub',
  instanceId: 'i',
  name: 'Hello',
  runtimeStatus: 'Completed',
  reason: '',
  at: Date.UTC(2026, 0, 1),
} as const

test('a topic is told again until it answers, and only of what was asked for', async (t) => {
  const bodies: string[] = []
  const keys: unknown[] = []
  const answered: (() => void)[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    bodies.push(body)
    keys.push(request.headers['aeg-sas-key'])
    response.writeHead(bodies.length < 3 ? 503 : 200).end()
    answered.shift()?.()
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const clock = new VirtualClock()
  const log = new Logger(clock, [])
  const notifier = new EventGridNotifier({ clock, log, stopping: new AbortController().signal })
  const options: NotificationOptions = {
    topicEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    key: 'secret',
    retryCount: 5,
    retryIntervalMs: 60_000,
    retryStatuses: [],
    events: ['Completed'],
  }
  notifier.notify(options, { ...event, runtimeStatus: 'Running' })
  notifier.notify(options, event)
  while (bodies.length < 3) {
    await new Promise((resolve) => setImmediate(resolve))
    if (clock.pendingCount > 0) await clock.advance(60_000)
  }
  assert.deepEqual(keys, ['secret', 'secret', 'secret'])
  assert.equal(new Set(bodies).size, 1)
  const [told] = JSON.parse(bodies[0]!) as [Record<string, unknown>]
  assert.equal(told.subject, 'durable/orchestrator/Completed')
  assert.equal(told.eventType, 'orchestratorEvent')
  assert.deepEqual(told.data, {
    hubName: 'Hub',
    functionName: 'Hello',
    instanceId: 'i',
    reason: '',
    runtimeStatus: 'Completed',
  })
})

test('an answer that is not to be tried again is told of at once', async (t) => {
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    response.writeHead(asked === 1 ? 500 : 400).end()
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const clock = new VirtualClock()
  const warned: string[] = []
  const log = new Logger(clock, [{ write: ({ message }) => void warned.push(message) }])
  const notifier = new EventGridNotifier({ clock, log, stopping: new AbortController().signal })
  notifier.notify(
    {
      topicEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      key: 'secret',
      retryCount: 5,
      retryIntervalMs: 1000,
      retryStatuses: [500],
      events: ['Completed'],
    },
    event,
  )
  while (warned.length === 0) {
    await new Promise((resolve) => setImmediate(resolve))
    if (clock.pendingCount > 0) await clock.advance(1000)
  }
  assert.equal(asked, 2)
  assert.match(warned[0] ?? '', /the topic answered 400/)
})
