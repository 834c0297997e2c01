import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFixture, outputOf } from './hub-fixture.ts'

test('activities run one after the other, and the history tells of each once', async (t) => {
  const { hub } = await openFixture(t, {
    orchestrators: {
      *hello(context) {
        const said: unknown[] = []
        for (const city of ['Tokyo', 'Seattle', 'London']) said.push(yield context.activity('say', city))
        return said
      },
    },
    activities: { say: (city) => `Hello ${city}` },
  })
  const { instanceId } = await hub.start({ name: 'hello' })
  assert.deepEqual(await outputOf(hub, instanceId), ['Hello Tokyo', 'Hello Seattle', 'Hello London'])
  const history = await hub.history(instanceId)
  assert.deepEqual(
    history.map(({ EventType }) => EventType),
    [12, 0, 4, 13, 12, 5, 4, 13, 12, 5, 4, 13, 12, 5, 1, 13],
  )
})
