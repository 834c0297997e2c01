/** The entity `budget`, one for each department: adds up what was granted. `GET /api/budgets/{department}` reads it. */
import { app } from '@azure/functions'
import * as df from 'durable-functions'

df.app.entity('budget', (context) => {
  const state = context.df.getState(() => ({ spent: 0, expenses: 0 }))
  if (context.df.operationName !== 'spend') return
  const spent = { spent: state.spent + context.df.getInput(), expenses: state.expenses + 1 }
  context.df.setState(spent)
  context.df.return(spent)
})

app.get('readBudget', {
  route: 'budgets/{department}',
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context)
    const { entityExists, entityState } = await client.readEntityState(
      new df.EntityId('budget', request.params.department),
    )
    return { jsonBody: entityExists ? entityState : { spent: 0, expenses: 0 } }
  },
})
