import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DurableApp, type Status } from './durable-app.ts'

const code = `
df.app.activity('Echo', { handler: (input) => input })
let isBroken = true
df.app.activity('Mend', { handler: () => { isBroken = false } })
df.app.activity('Brittle', { handler: () => { if (isBroken) throw new Error('broken'); return 'mended' } })
df.app.orchestration('Echoing', function* (context) { return yield context.df.callActivity('Echo', context.df.getInput()) })
df.app.orchestration('Waiting', function* (context) { return yield context.df.waitForExternalEvent('go') })
df.app.orchestration('Parent', function* (context) { return yield context.df.callSubOrchestrator('Waiting', null, context.df.getInput()) })
df.app.orchestration('Broken', function* (context) {
  const first = yield context.df.callActivity('Echo', 'kept')
  return [first, yield context.df.callActivity('Brittle')]
})
df.app.orchestration('Mending', function* (context) { yield context.df.callActivity('Mend') })`

test('the management API', async (t) => {
  const app = await DurableApp.start(t, code)
  const hub = (await (await app.post('orchestrators/Echoing', 1)).json()) as Record<string, string>

  await t.test('a start answers with the addresses of the instance', async () => {
    const response = await app.post('orchestrators/echoing/my-id', { a: 1 })
    assert.equal(response.status, 202)
    const payload = (await response.json()) as Record<string, string>
    assert.deepEqual(Object.keys(payload), [
      'id',
      'statusQueryGetUri',
      'sendEventPostUri',
      'terminatePostUri',
      'purgeHistoryDeleteUri',
      'restartPostUri',
      'suspendPostUri',
      'resumePostUri',
    ])
    assert.equal(payload.id, 'my-id')
    const query = new URL(payload.statusQueryGetUri!).search
    assert.match(query, /^\?taskHub=TestHubName&connection=AzureWebJobsStorage&code=[\w%-]+$/)
    assert.equal(
      payload.terminatePostUri,
      `${app.base}/instances/my-id/terminate?reason={text}&${query.slice(1)}`,
    )
    assert.equal(response.headers.get('location'), payload.statusQueryGetUri)
    assert.equal(response.headers.get('retry-after'), '10')
    assert.deepEqual((await app.ended('my-id')).output, { a: 1 })
    assert.equal((await fetch(payload.statusQueryGetUri!)).status, 200)
  })
  await t.test('ids are made of 32 hexadecimal digits', () => assert.match(hub.id!, /^[0-9a-f]{32}$/))
  await t.test('an unknown function is refused with the names of those that are known', async () => {
    const response = await app.post('orchestrators/Nobody')
    assert.equal(response.status, 400)
    const error = (await response.json()) as Record<string, string>
    assert.match(
      error.ExceptionMessage!,
      /The function 'Nobody' doesn't exist.*'Broken', 'Echoing', 'Mending', 'Parent', 'Waiting'/,
    )
  })
  await t.test('a body that is no JSON is refused', async () => {
    const response = await fetch(`${app.base}/orchestrators/Echoing`, { method: 'POST', body: '{' })
    assert.equal(response.status, 400)
    assert.equal(((await response.json()) as Record<string, string>).Message, 'Invalid JSON content')
  })
  await t.test('ids that cannot stand in addresses are refused', async () => {
    for (const id of ['@at', 'a%23b', 'x'.repeat(101)])
      assert.equal((await app.post(`orchestrators/Echoing/${id}`)).status, 400, id)
  })
  await t.test('a start under the id of an instance that runs is refused', async () => {
    const id = await app.begin('Waiting')
    assert.equal((await app.post(`orchestrators/Waiting/${id}`)).status, 409)
    await app.post(`instances/${id}/terminate?reason=over`)
    assert.equal((await app.ended(id)).runtimeStatus, 'Terminated')
    assert.equal((await app.post(`orchestrators/Waiting/${id}`)).status, 202)
  })
  await t.test('a start may wait for the end', async () => {
    const response = await app.post('orchestrators/Echoing?timeout=10&pollingInterval=1', 'soon')
    assert.equal(response.status, 200)
    assert.equal(await response.text(), '"soon"')
    const late = await app.post('orchestrators/Waiting?timeout=0.05&pollingInterval=0.01')
    assert.equal(late.status, 202)
  })
  await t.test('a status has its members, and its history when asked for', async () => {
    const id = await app.begin('Echoing', 'in')
    await app.ended(id)
    const status = await app.status(id)
    assert.deepEqual(Object.keys(status), [
      'name',
      'instanceId',
      'runtimeStatus',
      'input',
      'customStatus',
      'output',
      'createdTime',
      'lastUpdatedTime',
      'historyEvents',
    ])
    assert.match(status.createdTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.deepEqual(
      status.historyEvents!.map(({ EventType, FunctionName }) => [EventType, FunctionName]),
      [
        ['ExecutionStarted', 'Echoing'],
        ['TaskCompleted', 'Echo'],
        ['ExecutionCompleted', undefined],
      ],
    )
    const full = await fetch(
      `${app.base}/instances/${id}?showHistory=true&showHistoryOutput=true&showInput=false`,
    )
    const { historyEvents, input } = (await full.json()) as Status
    assert.equal(input, null)
    assert.equal(historyEvents![1]!.Result, 'in')
    assert.equal(historyEvents![2]!.OrchestrationStatus, 'Completed')
  })
  await t.test('a running instance is answered with 202 and when to look again', async () => {
    const id = await app.begin('Waiting')
    const response = await fetch(`${app.base}/instances/${id}`)
    assert.equal(response.status, 202)
    assert.equal(response.headers.get('retry-after'), '5')
    assert.equal(response.headers.get('location'), `${app.base}/instances/${id}`)
    assert.equal((await fetch(`${app.base}/instances/nobody`)).status, 404)
  })
  await t.test('events are refused in the documented order', async () => {
    assert.equal((await app.post('instances/nobody/raiseEvent/go', 1)).status, 404)
    assert.equal((await app.post(`instances/${hub.id}/raiseEvent/go`, 1)).status, 410)
    const id = await app.begin('Waiting')
    const event = `${app.base}/instances/${id}/raiseEvent/go`
    const plain = await fetch(event, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } })
    assert.equal(plain.status, 400)
    const broken = await fetch(event, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(broken.status, 400)
    assert.equal((await app.post(`instances/${id}/raiseEvent/go`, 'x')).status, 202)
    assert.equal((await app.ended(id)).output, 'x')
  })
  await t.test('an instance is suspended and goes on where it was', async () => {
    const id = await app.begin('Waiting')
    assert.equal((await app.post(`instances/${id}/suspend?reason=lunch`)).status, 202)
    await app.until(async () => (await app.status(id)).runtimeStatus === 'Suspended')
    const again = await app.post(`instances/${id}/suspend`)
    assert.equal(again.status, 500)
    const { ExceptionMessage, ExceptionType } = (await again.json()) as Record<string, string>
    assert.equal(ExceptionType, 'System.InvalidOperationException')
    assert.equal(
      ExceptionMessage,
      `Cannot suspend the orchestration instance ${id} because instance is in the Suspended state.`,
    )
    await app.post(`instances/${id}/raiseEvent/go`, 1)
    assert.equal((await app.post(`instances/${id}/resume`)).status, 202)
    assert.equal((await app.ended(id)).output, 1)
    assert.equal((await app.post(`instances/${id}/resume`)).status, 410)
    assert.equal((await app.post('instances/nobody/suspend')).status, 404)
  })
  await t.test('a terminated instance has the reason as its output', async () => {
    const id = await app.begin('Waiting')
    assert.equal((await app.post(`instances/${id}/terminate?reason=enough`)).status, 202)
    const status = await app.ended(id)
    assert.deepEqual([status.runtimeStatus, status.output], ['Terminated', 'enough'])
    assert.equal((await app.post(`instances/${id}/terminate`)).status, 410)
  })
  await t.test('sub-orchestrations are terminated with their parent when that is asked for', async () => {
    const [one, two] = [await app.begin('Parent', 'child-1'), await app.begin('Parent', 'child-2')]
    const isRunning = async (id: string) => {
      const response = await fetch(`${app.base}/instances/${id}`)
      return response.status === 202 && ((await response.json()) as Status).runtimeStatus === 'Running'
    }
    await app.until(async () => (await isRunning('child-1')) && (await isRunning('child-2')))
    await app.post(`instances/${one}/terminate?recursive=true`)
    await app.post(`instances/${two}/terminate`)
    assert.equal((await app.ended('child-1')).runtimeStatus, 'Terminated')
    assert.equal((await app.ended(two)).runtimeStatus, 'Terminated')
    assert.equal((await app.status('child-2')).runtimeStatus, 'Running')
  })
  await t.test('a failed instance is rewound to what failed', async () => {
    const id = await app.begin('Broken')
    assert.equal((await app.ended(id)).runtimeStatus, 'Failed')
    const flagged = await fetch(`${app.base}/instances/${id}?returnInternalServerErrorOnFailure=true`)
    assert.equal(flagged.status, 500)
    await app.run('Mending')
    assert.equal((await app.post(`instances/${id}/rewind?reason=again`)).status, 202)
    const status = await app.until(async () => {
      const { runtimeStatus, output } = await app.ended(id)
      return runtimeStatus === 'Completed' && output
    })
    assert.deepEqual(status, ['kept', 'mended'])
    assert.equal((await app.post(`instances/${id}/rewind`)).status, 410)
    const waiting = await app.begin('Waiting')
    assert.equal((await app.post(`instances/${waiting}/rewind`)).status, 412)
  })
  await t.test('an instance is started again with its input', async () => {
    const id = await app.begin('Echoing', 'again')
    await app.ended(id)
    const response = await app.post(`instances/${id}/restart`)
    assert.equal(response.status, 202)
    const restarted = ((await response.json()) as { id: string }).id
    assert.notEqual(restarted, id)
    assert.equal((await app.ended(restarted)).output, 'again')
    const same = await app.post(`instances/${id}/restart?restartWithNewInstanceId=false`)
    assert.equal(((await same.json()) as { id: string }).id, id)
    const unknown = await app.post('instances/nobody/restart')
    assert.equal(unknown.status, 400)
    assert.equal(
      ((await unknown.json()) as Record<string, string>).Message,
      'InstanceId does not match a valid orchestration instance.',
    )
  })
  await t.test('instances are listed page by page, and filtered', async () => {
    for (let index = 0; index < 5; index++) await app.begin('Echoing', index, `page-${index}`)
    for (let index = 0; index < 5; index++) await app.ended(`page-${index}`)
    const ids: string[] = []
    let token: string | null = null
    do {
      const url = `${app.base}/instances?instanceIdPrefix=page-&top=2&showInput=false`
      const response: Response = await fetch(url, {
        headers: token ? { 'x-ms-continuation-token': token } : {},
      })
      const page = (await response.json()) as Status[]
      assert.ok(page.length <= 2)
      ids.push(...page.map(({ instanceId }) => instanceId))
      token = response.headers.get('x-ms-continuation-token')
    } while (token)
    assert.deepEqual(ids.sort(), ['page-0', 'page-1', 'page-2', 'page-3', 'page-4'])
    const list = async (query: string) =>
      (await (await fetch(`${app.base}/instances?${query}`)).json()) as Status[]
    const failed = await list('runtimeStatus=failed,TERMINATED')
    assert.ok(
      failed.every(({ runtimeStatus }) => runtimeStatus === 'Terminated' || runtimeStatus === 'Failed'),
    )
    assert.ok(failed.length > 0)
    assert.deepEqual(await list('createdTimeFrom=2999-01-01T00:00:00Z'), [])
  })
  await t.test('what has ended is purged, alone or by filter', async () => {
    const purge = (path: string) => fetch(`${app.base}/${path}`, { method: 'DELETE' })
    const one = await purge('instances/page-0')
    assert.deepEqual(await one.json(), { instancesDeleted: 1 })
    assert.equal((await purge('instances/page-0')).status, 404)
    const running = await app.begin('Waiting')
    assert.deepEqual(await (await purge(`instances/${running}`)).json(), { instancesDeleted: 0 })
    const missing = await purge('instances')
    assert.equal(missing.status, 400)
    assert.match(await missing.text(), /createdTimeFrom/)
    const many = await purge('instances?createdTimeFrom=2000-01-01T00:00:00Z&runtimeStatus=Completed')
    assert.ok(((await many.json()) as { instancesDeleted: number }).instancesDeleted >= 4)
    assert.equal((await purge('instances?createdTimeFrom=2999-01-01')).status, 404)
    assert.equal((await fetch(`${app.base}/instances/${running}`)).status, 202)
  })
  await t.test('other paths and verbs do not exist', async () => {
    assert.equal((await fetch(`${app.base}/orchestrators/Echoing`)).status, 404)
    assert.equal((await app.post('nothing')).status, 404)
    assert.equal((await app.post('makeprimary')).status, 200)
    assert.equal((await fetch(`${app.url}/admin/extensions/DurableTaskExtension/instances`)).status, 200)
  })
})

test('the management API asks for the system key, which the client hands out', async (t) => {
  const client = `
df.app.client.http('payload', {
  methods: ['GET'], authLevel: 'anonymous',
  handler: async (request, client) => ({ jsonBody: client.createHttpManagementPayload('nobody') }),
})`
  const app = await DurableApp.start(t, code + client, { isAuthEnabled: true })
  assert.equal((await fetch(`${app.base}/instances`)).status, 401)
  assert.equal((await fetch(`${app.base}/instances?code=wrong`)).status, 401)
  const { statusQueryGetUri } = (await (await app.fetch('/api/payload')).json()) as Record<string, string>
  const { search, searchParams } = new URL(statusQueryGetUri!)
  assert.equal((await fetch(`${app.base}/instances${search}`)).status, 200)
  const headers = { 'x-functions-key': searchParams.get('code')! }
  assert.equal((await fetch(`${app.base}/instances`, { headers })).status, 200)
  assert.equal(
    (await fetch(`${app.url}/admin/extensions/DurableTaskExtension/instances${search}`)).status,
    200,
  )
})
