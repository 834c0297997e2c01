import { test } from 'node:test'
import fc from 'fast-check'
import { program } from './programs.ts'
import { runProgram, type Sdk, sdk2, sdk3 } from './sdk-loop.ts'

const choices = fc.infiniteStream(fc.nat({ max: 1_000_000 }))

async function agrees(sdk: Sdk): Promise<void> {
  await fc.assert(
    fc.asyncProperty(program, choices, (statements, stream) => {
      const choose = (bound: number) => stream.next().value! % bound
      return runProgram(sdk, statements, choose)
    }),
    { numRuns: Number(process.env.RUNS ?? 300) },
  )
}

test('the walk gives every task the id that durable-functions 3 gives it', () => agrees(sdk3('without')))
test('a task that is yielded again is known by its key', () => agrees(sdk3('with')))
test('the walk gives every task the id that durable-functions 2 gives it', () => agrees(sdk2()))
