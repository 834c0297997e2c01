import { test } from 'node:test'
import fc from 'fast-check'
import { program, type Statement } from './programs.ts'
import { keptSdk3, runProgram, type Sdk, sdk2, sdk3 } from './sdk-loop.ts'

const choices = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 60 })

type Example = [statements: Statement[], numbers: number[]]

/** A task is yielded alone after it was in a compound: no list shows that, and other ids are given out meanwhile. */
const yieldedAgain: Example[] = [
  [
    [
      { do: 'make', task: { make: 'sub', name: 'bad' } },
      { do: 'make', task: { make: 'http', polls: 1 } },
      { do: 'make', task: { make: 'timer', delayMs: 1 } },
      { do: 'make', task: { make: 'sub', name: 'ok' } },
      { do: 'section', operation: 'get' },
      { do: 'combine', as: 'all', tasks: [13, 15, 0] },
      { do: 'yield', task: 3 },
      { do: 'signal' },
      { do: 'combine', as: 'all', tasks: [22] },
    ],
    [0, 950672, 0, 0],
  ],
  [
    [
      { do: 'make', task: { make: 'http', polls: 1 } },
      { do: 'make', task: { make: 'sub-retry', name: 'bad' } },
      { do: 'make', task: { make: 'retry', name: 'ok', attempts: 1 } },
      { do: 'make', task: { make: 'http', polls: 0 } },
      { do: 'combine', as: 'any', tasks: [13, 2, 0] },
      { do: 'make', task: { make: 'sub', name: 'bad' } },
      { do: 'yield', task: 0 },
      { do: 'combine', as: 'all', tasks: [24] },
    ],
    [133425],
  ],
]

async function agrees(sdk: Sdk, examples: Example[] = []): Promise<void> {
  await fc.assert(
    fc.asyncProperty(program, choices, (statements, numbers) => {
      let turn = 0
      const choose = (bound: number) => (numbers[turn % numbers.length]! + turn++) % bound
      return runProgram(sdk, statements, choose)
    }),
    { numRuns: Number(process.env.RUNS ?? 300), seed: Number(process.env.SEED ?? 1), examples },
  )
}

test('the walk gives every task the id that durable-functions 3 gives it', () =>
  agrees(sdk3('without'), yieldedAgain))
test('a task that is yielded again is known by its key', () => agrees(sdk3('with')))
test('an orchestrator that is kept between turns leads to the same actions', () => agrees(keptSdk3()))
test('the walk gives every task the id that durable-functions 2 gives it', () => agrees(sdk2()))
