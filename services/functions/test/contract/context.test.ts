/** What a function knows about its invocation, and where what it says goes. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { HostUnderTest } from './app-under-test.ts'

const host = await HostUnderTest.open()
after(() => host.close())
const app = await host.startApp({
  fixture: 'context',
  settings: { Greeting: 'hello', 'Nested:Name': 'deep' },
})

interface Facts {
  readonly invocationId: string
  readonly functionName: string
  readonly traceContext: { traceParent: string; traceState: string; attributes: object }
  readonly retryContext: unknown
  readonly triggerMetadata: unknown
  readonly options: Record<string, unknown>
  readonly directory: string
}

const facts = async (headers?: Record<string, string>) => (await app.json('facts/7', { headers })) as Facts

test('the context names the function and the invocation, under which the log has it', async () => {
  const { functionName, invocationId, directory } = await facts()
  assert.deepEqual([functionName, directory], ['facts', app.rootDirectory])
  assert.match(invocationId, /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  const began = await app.log.find(`Id=${invocationId})`)
  assert.deepEqual(
    [began.level, began.category, began.message, began.fields.invocationId, began.fields.function],
    [
      'information',
      'Function.facts',
      `Executing 'Functions.facts' (Reason='This function was programmatically called via the host APIs.', Id=${invocationId})`,
      invocationId,
      'facts',
    ],
  )
  const ended = await app.log.find((record) =>
    record.message.startsWith(`Executed 'Functions.facts' (Succeeded, Id=${invocationId}`),
  )
  assert.match(ended.message, /, Duration=\d+ms\)$/)
})

test('each invocation has an id of its own', async () => {
  const ids = await Promise.all([facts(), facts(), facts()])
  assert.equal(new Set(ids.map(({ invocationId }) => invocationId)).size, 3)
})

test('a trace goes on in the function: the same trace, a new span', async () => {
  const sent = {
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=1,b=2',
  }
  const { traceContext } = await facts(sent)
  assert.match(traceContext.traceParent, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/)
  assert.doesNotMatch(traceContext.traceParent, /b7ad6b7169203331/)
  assert.equal(traceContext.traceState, 'a=1,b=2')
})

test('without a trace, or with one that is broken, a new one begins', async () => {
  for (const headers of [undefined, { traceparent: 'nonsense' }]) {
    const { traceContext } = await facts(headers)
    assert.match(traceContext.traceParent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
  }
})

test('an HTTP function without a retry policy has neither retry context nor trigger metadata', async () => {
  const { retryContext, triggerMetadata } = await facts()
  assert.deepEqual([retryContext, triggerMetadata], ['none', 'none'])
})

test('the options are the bindings of the function', async () => {
  const { trigger, return: answer, extraInputs, extraOutputs } = (await facts()).options
  const { name, ...rest } = trigger as Record<string, unknown>
  assert.match(String(name), /^httpTrigger[0-9a-f]{10}$/)
  assert.deepEqual(rest, {
    type: 'httpTrigger',
    authLevel: 'anonymous',
    methods: ['GET', 'POST'],
    route: 'facts/{id}',
    direction: 'in',
    properties: { supportsDeferredBinding: 'false' },
  })
  assert.deepEqual([(answer as { type: string }).type, extraInputs, extraOutputs], ['http', [], []])
})

test('logs of a function have their level, its category and its invocation', async () => {
  await app.fetch('logs')
  const { fields } = await app.log.find(/Executed 'Functions.logs'/)
  const records = app.log.all(({ category }) => category === 'Function.logs.User')
  assert.deepEqual(
    records.map(({ level, message }) => [level, message.split('\n')[0]]),
    [
      ['trace', 'a trace'],
      ['debug', 'a debug'],
      ['information', 'an info'],
      ['information', 'a log of text and { deep: { list: [ 1 ] } }'],
      ['warning', 'a warning'],
      ['error', 'an error Error: with its stack'],
    ],
  )
  assert.deepEqual([...new Set(records.map((record) => record.fields.invocationId))], [fields.invocationId])
})

test('lines on the console are logged under the host, those of stderr as bad as they sound', async () => {
  await app.fetch('logs')
  await app.log.find('something failed on the console')
  const console = app.log.all(({ category }) => category === 'Host.Function.Console')
  const levelOf = (text: string) => console.find(({ message }) => message === text)?.level
  assert.equal(levelOf('on the console'), 'information')
  assert.equal(levelOf('a warning on the console'), 'warning')
  assert.equal(levelOf('something failed on the console'), 'error')
})

test('a log after the end of the function is kept, with a warning about what was not awaited', async () => {
  await app.fetch('late')
  const { category } = await app.log.find('after the end')
  assert.equal(category, 'Function.late.User')
  const { level } = await app.log.find(
    "Unexpected call to 'log' on the context object after function execution",
  )
  assert.equal(level, 'warning')
})

test('app settings are the environment of the code, with what `func start` sets', async () => {
  const names =
    'Greeting,Nested:Name,FUNCTIONS_WORKER_RUNTIME,WEBSITE_HOSTNAME,AZURE_FUNCTIONS_ENVIRONMENT,HOME'
  assert.deepEqual(await app.json(`environment?name=${names}`), {
    Greeting: 'hello',
    'Nested:Name': 'deep',
    FUNCTIONS_WORKER_RUNTIME: 'node',
    WEBSITE_HOSTNAME: `localhost:${app.running.port}`,
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    HOME: null,
  })
})
