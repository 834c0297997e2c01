import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { missing, type RunningSample, runSample } from '../../run-sample.ts'

const skip = missing('python3')
let app: RunningSample
before(async () => {
  if (skip) return
  app = await runSample(fileURLToPath(new URL('..', import.meta.url)), { REPORT_SCHEDULE: '0 0 0 1 1 *' })
})
after(async () => {
  if (!skip) await app.stop()
})

const add = (sensor: string, body: string) =>
  fetch(`${app.url}/api/readings/${sensor}`, { method: 'POST', body })
const get = async (path: string) => {
  const answer = await fetch(`${app.url}/api/readings${path}`)
  return [answer.status, await answer.json()]
}

test('readings are taken and given back', { skip }, async () => {
  const added = await add('north', '{"celsius": 21.5}')
  assert.deepEqual([added.status, added.headers.get('location')], [201, '/api/readings/north'])
  assert.equal(await added.text(), '21.5')
  await app.printed(/north: 21\.5 degrees/)
  assert.deepEqual(await get('/north'), [200, [21.5]])
  assert.deepEqual(await get(''), [200, { north: [21.5] }])
})

test('what is no reading is refused', { skip }, async () => {
  const refused = await add('north', 'warm')
  assert.deepEqual([refused.status, await refused.text()], [400, 'Send JSON such as {"celsius": 21.5}.'])
  assert.equal((await add('n0rth', '{"celsius": 1}')).status, 404)
  assert.deepEqual(await get('/south'), [404, { error: "There is no sensor 'south'." }])
})

test('the timer reports the averages', { skip }, async () => {
  await add('east', '{"celsius": 10}')
  await add('east', '{"celsius": 13}')
  const run = await fetch(`${app.url}/admin/functions/report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(run.status, 202)
  await app.printed(/east: 11\.5 on average/)
})
