import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { Lifecycle, Logger, type LogRecord, runUntilSignal, type Service } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'

test('services start in order, and drain and close in reverse', async () => {
  const { lifecycle, events } = host(['engine', 'storage', 'functions'])
  await lifecycle.start()
  assert.equal(await lifecycle.stop(), true)
  assert.deepEqual(events, [
    ...['start engine', 'start storage', 'start functions'],
    ...['drain functions', 'drain storage', 'drain engine'],
    ...['close functions', 'close storage', 'close engine'],
  ])
})

test('a service that does not start takes those before it down, and its own leftovers', async () => {
  const { lifecycle, events } = host(['engine', 'storage', 'functions'], {
    storage: {
      start: async (scope) => {
        scope.defer(() => void events.push('close half of storage'))
        throw new Error('no port')
      },
    },
  })
  await assert.rejects(lifecycle.start(), /no port/)
  assert.deepEqual(events, ['start engine', 'drain engine', 'close half of storage', 'close engine'])
})

test('a drain that takes too long is given up and told', async () => {
  const { lifecycle, events, clock, records } = host(['engine', 'functions'], {
    functions: { drain: () => new Promise(() => {}) },
  })
  await lifecycle.start()
  const stopping = lifecycle.stop()
  await clock.advance(9999)
  assert.ok(!events.includes('close functions'))
  await clock.advance(1)
  assert.equal(await stopping, false)
  assert.deepEqual(events.slice(-3), ['drain engine', 'close functions', 'close engine'])
  assert.match(records[0]?.message ?? '', /^Could not drain functions: it took longer than 10000 ms/)
  assert.equal(clock.pendingCount, 0)
})

test('a drain learns of the deadline', async () => {
  const { lifecycle, clock } = host(['functions'], {
    functions: {
      drain: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    },
  })
  await lifecycle.start()
  const stopping = lifecycle.stop()
  await clock.advance(10_000)
  await stopping
})

test('a close that fails or hangs keeps the others from nothing', async () => {
  const { lifecycle, events, clock, records } = host(['engine', 'storage', 'functions'], {
    storage: { start: async (scope) => scope.defer(() => Promise.reject(new Error('disk full'))) },
    functions: { start: async (scope) => scope.defer(() => new Promise(() => {})) },
  })
  await lifecycle.start()
  const stopping = lifecycle.stop()
  await clock.advance(5000)
  assert.equal(await stopping, false)
  assert.equal(events.at(-1), 'close engine')
  const told = records.map(({ message }) => message)
  assert.match(told[0]!, /^Could not close functions: it took longer than 5000 ms/)
  assert.match(told.join('\n'), /Could not close storage/)
})

test('a host that ends in order on a signal has exit code 0', async () => {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    const { lifecycle, events } = host(['engine'])
    const signals = new EventEmitter()
    const code = await runUntilSignal(lifecycle, {
      signals,
      onStarted: () => {
        events.push('started')
        signals.emit(signal, signal)
      },
      onStopping: (name) => events.push(name),
    })
    assert.equal(code, 0)
    assert.deepEqual(events, ['start engine', 'started', signal, 'drain engine', 'close engine'])
    assert.equal(signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM'), 0)
  }
})

test('a second signal ends the host at once, with the code of that signal', async () => {
  const signals = new EventEmitter()
  const draining = Promise.withResolvers<void>()
  const { lifecycle } = host(['functions'], {
    functions: {
      drain: () => {
        draining.resolve()
        return new Promise(() => {})
      },
    },
  })
  const running = runUntilSignal(lifecycle, { signals, onStarted: () => signals.emit('SIGINT', 'SIGINT') })
  await draining.promise
  signals.emit('SIGTERM', 'SIGTERM')
  assert.equal(await running, 128 + 15)
})

test('a host that does not end well has exit code 1', async () => {
  const signals = new EventEmitter()
  const { lifecycle } = host(['functions'], { functions: { drain: () => Promise.reject(new Error('x')) } })
  const onStarted = () => signals.emit('SIGTERM', 'SIGTERM')
  assert.equal(await runUntilSignal(lifecycle, { signals, onStarted }), 1)
})

test('a signal while services start ends the start', async () => {
  const signals = new EventEmitter()
  const { lifecycle, events } = host(['engine', 'storage', 'functions'], {
    storage: {
      start: async (scope) => {
        signals.emit('SIGINT', 'SIGINT')
        await Promise.resolve()
        scope.defer(() => void events.push('close storage'))
      },
    },
  })
  const onStarted = () => assert.fail('it never was')
  assert.equal(await runUntilSignal(lifecycle, { signals, onStarted }), 0)
  assert.deepEqual(events, ['start engine', 'drain storage', 'drain engine', 'close storage', 'close engine'])
})

test('what a service throws when it starts reaches the caller', async () => {
  const signals = new EventEmitter()
  const { lifecycle } = host(['engine'], { engine: { start: () => Promise.reject(new Error('no disk')) } })
  await assert.rejects(runUntilSignal(lifecycle, { signals }), /no disk/)
  assert.equal(signals.listenerCount('SIGINT'), 0)
})

/** A host whose services tell what happens to them; `special` replaces verbs by service. */
function host(names: readonly string[], special: Record<string, Partial<Service>> = {}) {
  const clock = new VirtualClock()
  const events: string[] = []
  const records: LogRecord[] = []
  const services = names.map(
    (name): Service => ({
      name,
      async start(scope) {
        events.push(`start ${name}`)
        scope.defer(() => void events.push(`close ${name}`))
      },
      async drain() {
        events.push(`drain ${name}`)
      },
      ...special[name],
    }),
  )
  const log = new Logger(clock, [{ write: (record) => records.push(record) }])
  return { lifecycle: new Lifecycle({ services, clock, log }), events, records, clock }
}
