import type { Functions } from './replay-executor.ts'

export const chainFunctions: Functions = {
  orchestrators: {
    *chain(context) {
      let sum = 0
      for (let step = 1; step <= (context.input as number); step++)
        sum += (yield context.activity('same', step)) as number
      yield context.timer(1)
      return sum
    },
  },
  activities: { same: (value) => value },
  entities: {
    counter: (state, _operation, input) => ({
      state: ((state as number | undefined) ?? 0) + (input as number),
    }),
  },
}
