import { test } from 'node:test'
import fc from 'fast-check'
import { program } from './programs.ts'
import { keptSdk3, runProgram, type Sdk, sdk2, sdk3 } from './sdk-loop.ts'

const choices = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 60 })

async function agrees(sdk: Sdk): Promise<void> {
  await fc.assert(
    fc.asyncProperty(program, choices, (statements, numbers) => {
      let turn = 0
      const choose = (bound: number) => (numbers[turn % numbers.length]! + turn++) % bound
      return runProgram(sdk, statements, choose)
    }),
    { numRuns: Number(process.env.RUNS ?? 300), seed: Number(process.env.SEED ?? 1) },
  )
}

test('the walk gives every task the id that durable-functions 3 gives it', () => agrees(sdk3('without')))
test('a task that is yielded again is known by its key', () => agrees(sdk3('with')))
test('an orchestrator that is kept between turns leads to the same actions', () => agrees(keptSdk3()))
test('the walk gives every task the id that durable-functions 2 gives it', () => agrees(sdk2()))
