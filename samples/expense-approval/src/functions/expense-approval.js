/** `POST /api/expenses` asks for money. Small sums are granted at once; others wait for a person, but not for ever. */
import { app } from '@azure/functions'
import * as df from 'durable-functions'

const grantedAtOnce = 100
const answerWithinSeconds = Number(process.env.APPROVAL_SECONDS)

app.post('requestExpense', {
  route: 'expenses',
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const { department, amount } = await request.json()
    if (!/^\w+$/.test(department) || !(amount > 0))
      return { status: 400, jsonBody: { problem: 'department must be a word, amount a number above 0' } }
    const client = df.getClient(context)
    const id = await client.startNew('approveExpense', { input: { department, amount } })
    return client.createCheckStatusResponse(request, id)
  },
})

/** `POST /api/expenses/{id}/answer` with `{"isApproved": true}`: what the person says. */
app.post('answerExpense', {
  route: 'expenses/{id}/answer',
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const { isApproved } = await request.json()
    await df.getClient(context).raiseEvent(request.params.id, 'answer', isApproved === true)
    return { status: 202 }
  },
})

df.app.orchestration('approveExpense', function* (context) {
  const { department, amount } = context.df.getInput()
  const outcome = amount <= grantedAtOnce ? 'granted at once' : yield* askSomebody(context)
  const isGranted = outcome !== 'refused'
  if (isGranted) yield context.df.callEntity(new df.EntityId('budget', department), 'spend', amount)
  return { outcome, department, amount }
})

/** Waits for the answer; who does not answer in time lets somebody else decide, who is generous. */
function* askSomebody(context) {
  context.df.setCustomStatus('waiting for an answer')
  const deadline = new Date(context.df.currentUtcDateTime.getTime() + answerWithinSeconds * 1000)
  const timeout = context.df.createTimer(deadline)
  const answer = context.df.waitForExternalEvent('answer')
  const first = yield context.df.Task.any([answer, timeout])
  if (first === timeout) return 'granted by escalation'
  // A timer that nobody waits for would keep the workflow running.
  timeout.cancel()
  return answer.result ? 'granted' : 'refused'
}
