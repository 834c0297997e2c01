/** `aloft durable` beside a real app, as a user types it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import picocolors from 'picocolors'
import type { ApiEvent, ApiStatus } from '../../src/durable/status.ts'
import { formatDuration, renderTimeline } from '../../src/durable/timeline.ts'
import { cli } from '../memory-terminal.ts'
import { DurableApp } from './durable-app.ts'

const code = `
df.app.activity('greet', { handler: (name) => 'Hello ' + name })
df.app.activity('flaky', { handler: () => { throw new Error('not today') } })
df.app.orchestration('greetings', function* (context) {
  const { names } = context.df.getInput()
  const answers = []
  for (const name of names) answers.push(yield context.df.callActivity('greet', name))
  return answers
})
df.app.orchestration('patient', function* (context) {
  const answer = yield context.df.waitForExternalEvent('answer')
  return { answer }
})
df.app.orchestration('hopeless', function* (context) {
  yield context.df.callActivityWithRetry('flaky', new df.RetryOptions(10, 2))
})`

test('the words of func durable, on a real app', async (t) => {
  const app = await DurableApp.start(t, code)
  const durable = (...words: string[]) =>
    cli(['durable', ...words, '--url', app.url], { directory: app.directory })
  const id = async (...words: string[]) => (await durable(...words)).output.trim()
  const until = async (instance: string, status: string) => {
    for (;;) {
      const { output } = await durable('get-runtime-status', '--id', instance, '--show-output')
      const found = JSON.parse(output)
      if (found.runtimeStatus === status) return found
    }
  }

  await t.test('an orchestration is started with an input, and its output shown', async () => {
    const instance = await id(
      'start-new',
      '--function-name',
      'greetings',
      '--input',
      '{"names":["Ann","Bea"]}',
    )
    const { output, input } = await until(instance, 'Completed')
    assert.deepEqual([output, input], [['Hello Ann', 'Hello Bea'], undefined])
    const history = JSON.parse((await durable('get-history', '--id', instance)).output)
    assert.deepEqual(
      history.map(({ EventType }: ApiEvent) => EventType),
      ['ExecutionStarted', 'TaskCompleted', 'TaskCompleted', 'ExecutionCompleted'],
    )
    const shown = (await durable('show', instance)).output
    assert.match(shown, new RegExp(`^greetings {2}${instance}\nCompleted after [\\d.]+ m?s, since `))
    assert.match(shown, / greet .* Hello Ann\n/)
    assert.doesNotMatch(shown, /waits/)
  })

  await t.test('one that waits says so, goes on with an event, and can be held meanwhile', async () => {
    await durable('start-new', 'patient', '--id', 'waiting')
    await until('waiting', 'Running')
    assert.match((await durable('show', 'waiting')).output, /It waits for an event that somebody raises/)
    await durable('suspend', 'waiting', '--reason', 'lunch')
    await until('waiting', 'Suspended')
    assert.match((await durable('show', 'waiting')).output, /suspended.*\n\nIt is suspended/s)
    await durable('resume', '--id', 'waiting')
    await durable('raise-event', '--id', 'waiting', '--event-name', 'answer', '--event-data', '42')
    assert.deepEqual((await until('waiting', 'Completed')).output, { answer: 42 })
    const late = await durable('raise-event', 'waiting', 'answer')
    assert.deepEqual([late.exitCode, late.errors], [1, 'error: Instance waiting has ended already\n'])
  })

  await t.test('one that fails shows its tries, can be rewound, restarted and terminated', async () => {
    await durable('start-new', 'hopeless', '--id', 'failing')
    await until('failing', 'Failed')
    const shown = (await durable('show', 'failing')).output
    assert.match(shown, / flaky .* failed: not today\n/)
    assert.match(shown, / flaky \(try 2\) .* failed: not today\n/)
    assert.equal((await durable('rewind', 'failing', '--reason', 'again')).exitCode, 0)
    const other = await id('restart', '--id', 'waiting')
    await durable('terminate', other, '--reason', 'enough')
    assert.equal((await until(other, 'Terminated')).output, 'enough')
  })

  await t.test('instances are listed by pages, and purged', async () => {
    await until('failing', 'Failed')
    const table = (await durable('get-instances')).output
    assert.match(table, /^INSTANCE +FUNCTION +STATUS +CREATED +CHANGED\n/)
    assert.match(table, /\nwaiting +patient +Completed +\d{4}-/)
    const page = JSON.parse((await durable('get-instances', '--top', '1', '--json')).output)
    assert.deepEqual([page.instances.length, typeof page.continuationToken], [1, 'string'])
    const one = JSON.parse((await durable('get-instances', '--id-prefix', 'wait', '--json')).output)
    assert.deepEqual(
      one.instances.map(({ instanceId }: ApiStatus) => instanceId),
      ['waiting'],
    )
    assert.equal(await id('purge-history', '--id', 'waiting'), '1 instance deleted.')
    assert.match(
      await id('purge-history', '--runtime-status', 'completed,terminated'),
      /^2 instances deleted\.$/,
    )
    assert.match((await durable('show', 'waiting')).errors, /There is no such instance/)
  })

  await t.test('what is missing or wrong is said', async () => {
    const errors = async (...words: string[]) => (await durable(...words)).errors
    assert.match(await errors('start-new', 'nobody'), /known orchestrator functions: /)
    assert.match(await errors('terminate'), /Which instance\?/)
    assert.match(await errors('shw', 'x'), /Did you mean 'aloft durable show'\?/)
    const { errors: nobody } = await cli(['durable', 'show', 'x', '--url', 'http://127.0.0.1:9'])
    assert.match(nobody, /No app answers at http:\/\/127\.0\.0\.1:9/)
  })

  await t.test('a task hub is deleted when no process has it open', async () => {
    const remove = (name: string) =>
      cli(['durable', 'delete-task-hub', '--task-hub-name', name], { directory: app.directory })
    assert.match((await remove('TestHubName')).errors, /is in use by process/)
    await app.close()
    const { errors } = await remove('other')
    const [, hub = ''] = /There is no task hub 'other'\nhint: {2}There are: (\w+)\.\n/.exec(errors) ?? []
    const deleted = await remove(hub.toLowerCase())
    assert.equal(deleted.output, `Task hub '${hub.toLowerCase()}' is deleted.\n`)
    await app.open()
    assert.equal((await durable('get-instances')).output, 'There is no instance.\n')
  })
})

test('a timeline says what it waits for, and since when', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()
  const status: ApiStatus = {
    name: 'order',
    instanceId: 'o1',
    runtimeStatus: 'Running',
    input: null,
    output: null,
    customStatus: { step: 'shipping' },
    createdTime: at(0),
    lastUpdatedTime: at(2),
    historyEvents: [
      { EventType: 'ExecutionStarted', Timestamp: at(0) },
      {
        EventType: 'TaskCompleted',
        ScheduledTime: at(0),
        Timestamp: at(1),
        FunctionName: 'pay',
        Result: null,
      },
      { EventType: 'TimerCreated', Timestamp: at(1), FireAt: at(90) },
      { EventType: 'TaskScheduled', Timestamp: at(1), FunctionName: 'ship' },
    ],
  }
  const text = renderTimeline(status, Date.UTC(2026, 0, 1) + 10_000, picocolors.createColors(false))
  assert.match(
    text,
    /^order {2}o1\nRunning for 10\.0 s, since 2026-01-01T00:00:00\.000Z\nstatus: \{"step":"shipping"\}\n/,
  )
  assert.match(text, /\+0 ms {2}pay +1\.0 s {2}██/)
  assert.ok(text.endsWith(`It waits for timer until ${at(90)} since 9.0 s, ship since 9.0 s.\n`), text)
})

test('durations are told with their two largest units', () => {
  const minute = 60_000
  const told = [0.4, 999, 1234, 3 * minute + 20_000, 125 * minute, 60 * minute, 76 * 60 * minute].map(
    formatDuration,
  )
  assert.deepEqual(told, ['0 ms', '999 ms', '1.2 s', '3 min 20 s', '2 h 5 min', '1 h', '3 d 4 h'])
})
