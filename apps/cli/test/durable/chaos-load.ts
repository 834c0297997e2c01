/** The mixed load of the chaos test: an app whose activities note that they ran, and what must come of each workflow. */

/** Every activity writes `<process> <key>` into the file `effects` before it does anything else. */
export const chaosApp = `
const df = require('durable-functions')
const { app } = require('@azure/functions')
const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs')
const note = (key) => appendFileSync('effects', process.pid + ' ' + key + '\\n')
const soon = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms)
// The console names the host's address with it.
app.get('hello', { handler: () => ({}) })

const retry = new df.RetryOptions(20, 4)

df.app.activity('Double', { handler: ({ key, n }) => { note(key); return 2 * n } })
df.app.activity('FailFirst', { handler: ({ key }) => {
  note(key)
  for (const attempt of ['1', '2']) {
    const mark = 'marks/' + key + '-' + attempt
    if (existsSync(mark)) continue
    mkdirSync('marks', { recursive: true })
    writeFileSync(mark, '')
    throw new Error('attempt ' + attempt)
  }
  return 'third'
} })
df.app.activity('FailAlways', { handler: ({ key }) => { note(key); throw new Error('never') } })
df.app.entity('Counter', (context) => {
  const sum = context.df.getState(() => 0) + context.df.getInput()
  context.df.setState(sum)
  context.df.return('added')
})

df.app.orchestration('Chain', function* (context) {
  const key = context.df.getInput()
  let n = 1
  for (const step of [0, 1, 2]) n = yield context.df.callActivity('Double', { key: key + '-' + step, n })
  return n
})
df.app.orchestration('Fan', function* (context) {
  const key = context.df.getInput()
  const tasks = [0, 1, 2, 3, 4, 5].map((n) => context.df.callActivity('Double', { key: key + '-' + n, n }))
  return (yield context.df.Task.all(tasks)).reduce((sum, each) => sum + each, 0)
})
df.app.orchestration('Retry', function* (context) {
  return yield context.df.callActivityWithRetry('FailFirst', retry, { key: context.df.getInput() + '-0' })
})
df.app.orchestration('Fail', function* (context) {
  try {
    yield context.df.callActivityWithRetry('FailAlways', new df.RetryOptions(20, 2), { key: context.df.getInput() + '-0' })
  } catch { return 'caught' }
})
df.app.orchestration('Parent', function* (context) {
  const key = context.df.getInput()
  const first = yield context.df.callSubOrchestrator('Chain', key + '-a')
  const others = [context.df.callSubOrchestrator('Chain', key + '-b'), context.df.callSubOrchestrator('Fan', key + '-c')]
  return [first, ...(yield context.df.Task.all(others))]
})
df.app.orchestration('Timer', function* (context) {
  yield context.df.createTimer(soon(context, 200))
  const winner = context.df.createTimer(soon(context, 100))
  const late = context.df.createTimer(soon(context, 3600000))
  const isRight = (yield context.df.Task.any([winner, late])) === winner
  late.cancel()
  return isRight ? yield context.df.callActivity('Double', { key: context.df.getInput() + '-0', n: 4 }) : 'wrong'
})
df.app.orchestration('Event', function* (context) {
  const word = yield context.df.waitForExternalEvent('go')
  const n = yield context.df.callActivity('Double', { key: context.df.getInput() + '-0', n: 3 })
  return [word, n]
})
df.app.orchestration('Entity', function* (context) {
  const counter = new df.EntityId('Counter', 'all')
  context.df.signalEntity(counter, 'add', 1)
  const answer = yield context.df.callEntity(counter, 'add', 10)
  yield context.df.callActivity('Double', { key: context.df.getInput() + '-0', n: 1 })
  context.df.signalEntity(counter, 'add', 100)
  return answer
})
df.app.orchestration('Again', function* (context) {
  const { key, n } = context.df.getInput()
  const next = yield context.df.callActivity('Double', { key: key + '-' + n, n })
  if (next < 16) context.df.continueAsNew({ key, n: next })
  else return next
})
`

export interface Workflow {
  input(id: string): unknown
  readonly output: unknown
  /** Endings of the keys of its activities. */
  readonly effects: readonly string[]
  /** Orchestrations that it starts. */
  readonly children?: number
  /** What it adds to the counter. */
  readonly adds?: number
  /** Whether how often an activity ran decides over its history. */
  readonly countsRuns?: true
}

const chain = ['-0', '-1', '-2']
const fan = [...chain, '-3', '-4', '-5']
const input = (id: string): unknown => id

export const workflows: Readonly<Record<string, Workflow>> = {
  Chain: { input, output: 8, effects: chain },
  Fan: { input, output: 30, effects: fan },
  Retry: { input, output: 'third', effects: ['-0'], countsRuns: true },
  Fail: { input, output: 'caught', effects: ['-0'] },
  Parent: {
    input,
    output: [8, 8, 30],
    effects: [
      ...chain.map((end) => `-a${end}`),
      ...chain.map((end) => `-b${end}`),
      ...fan.map((end) => `-c${end}`),
    ],
    children: 3,
  },
  Timer: { input, output: 8, effects: ['-0'] },
  Event: { input, output: ['now', 6], effects: ['-0'] },
  Entity: { input, output: 'added', effects: ['-0'], adds: 111 },
  Again: { input: (key) => ({ key, n: 1 }), output: 16, effects: ['-1', '-2', '-4', '-8'] },
}
