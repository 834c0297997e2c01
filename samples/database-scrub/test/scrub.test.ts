import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type RunningSample, runSample } from '../../run-sample.ts'

interface Rules {
  scrub(customers: readonly object[]): {
    readonly update: readonly object[]
    readonly remove: readonly object[]
  }
}

// A module without types.
const file = '../src/scrub.js'
const { scrub }: Rules = await import(file)

let app: RunningSample
before(async () => {
  app = await runSample(fileURLToPath(new URL('..', import.meta.url)))
})
after(() => app?.stop())

const add = (customer: object) =>
  fetch(`${app.url}/api/customers`, { method: 'POST', body: JSON.stringify(customer) })

async function readCustomers(): Promise<readonly { readonly name: string; readonly email: string }[]> {
  const answer = await fetch(`${app.url}/api/customers`)
  return (await answer.json()) as readonly { name: string; email: string }[]
}

test('of rows with one address the oldest stays; addresses are compared without case and blanks', () => {
  const { update, remove } = scrub([
    { id: 'b', name: 'Ada', email: ' ADA@example.org', since: '2024-02-01' },
    { id: 'a', name: 'Ada  Lovelace', email: 'ada@example.org', since: '2024-01-01' },
    { id: 'c', name: 'Nobody', email: 'none', since: '2024-01-01' },
  ])
  assert.deepEqual(update, [{ id: 'a', email: 'ada@example.org', name: 'Ada Lovelace' }])
  assert.deepEqual(remove, [
    { id: 'c', reason: 'no valid e-mail address' },
    { id: 'b', reason: 'the same customer as a' },
  ])
})

test('a clean list is left alone', () => {
  const customers = [{ id: 'a', name: 'Ada', email: 'ada@example.org', since: '2024-01-01' }]
  assert.deepEqual(scrub(customers), { update: [], remove: [] })
})

test('the timer cleans the table', async () => {
  for (const customer of [
    { name: 'Grace Hopper', email: 'Grace@Example.org ' },
    { name: 'G. Hopper', email: 'grace@example.org' },
    { name: 'Nobody', email: 'unknown' },
    { name: ' Alan   Turing ', email: 'alan@example.org' },
  ])
    assert.equal((await add(customer)).status, 201)
  const started = await fetch(`${app.url}/admin/functions/scrubCustomers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(started.status, 202)
  await app.printed(/Scrubbed 4 customers: 2 mended, 2 removed/)
  const customers = (await readCustomers()).map(({ name, email }) => `${name} <${email}>`).sort()
  assert.deepEqual(customers, ['Alan Turing <alan@example.org>', 'Grace Hopper <grace@example.org>'])
})
