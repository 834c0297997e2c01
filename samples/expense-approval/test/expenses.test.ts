import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type RunningSample, runSample } from '../../run-sample.ts'
import { outputOf, type StartedWorkflow, startWorkflow, statusWhen } from '../../workflow.ts'

const folder = fileURLToPath(new URL('..', import.meta.url))
let app: RunningSample
before(async () => {
  app = await runSample(folder)
})
after(() => app?.stop())

const request = (department: string, amount: number, { url } = app) =>
  startWorkflow(`${url}/api/expenses`, { department, amount })

async function answer({ id }: StartedWorkflow, isApproved: boolean): Promise<void> {
  const body = JSON.stringify({ isApproved })
  const response = await fetch(`${app.url}/api/expenses/${id}/answer`, { method: 'POST', body })
  assert.equal(response.status, 202)
}

async function budgetOf(department: string): Promise<unknown> {
  return (await fetch(`${app.url}/api/budgets/${department}`)).json()
}

const isWaiting = (status: { readonly customStatus: unknown }) =>
  status.customStatus === 'waiting for an answer'

test('a small sum is granted at once, and counted', async () => {
  const output = await outputOf(await request('garden', 60))
  assert.deepEqual(output, { outcome: 'granted at once', department: 'garden', amount: 60 })
  assert.deepEqual(await budgetOf('garden'), { spent: 60, expenses: 1 })
})

test('a large sum waits for a person, who may grant or refuse it', async () => {
  const [granted, refused] = [await request('studio', 900), await request('studio', 5000)]
  await statusWhen(granted, isWaiting)
  await statusWhen(refused, isWaiting)
  await answer(granted, true)
  await answer(refused, false)
  assert.equal(((await outputOf(granted)) as { outcome: string }).outcome, 'granted')
  assert.equal(((await outputOf(refused)) as { outcome: string }).outcome, 'refused')
  assert.deepEqual(await budgetOf('studio'), { spent: 900, expenses: 1 })
})

test('many expenses of one department add up', async () => {
  const requests = await Promise.all(Array.from({ length: 20 }, (_, n) => request('kitchen', n + 1)))
  await Promise.all(requests.map(outputOf))
  assert.deepEqual(await budgetOf('kitchen'), { spent: 210, expenses: 20 })
})

test('who does not answer in time is passed over', async () => {
  const hasty = await runSample(folder, { APPROVAL_SECONDS: '1' })
  try {
    const output = await outputOf(await request('office', 700, hasty))
    assert.deepEqual(output, { outcome: 'granted by escalation', department: 'office', amount: 700 })
  } finally {
    await hasty.stop()
  }
})
