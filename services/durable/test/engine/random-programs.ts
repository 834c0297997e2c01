/** Random orchestrations, run by the engine and by a direct interpreter that says what must come of them. */
import type { Context, Functions, Task } from './replay-executor.ts'

export type Step =
  | { readonly op: 'activity'; readonly value: number }
  /** Fails so often before it succeeds; tried again after a timer. */
  | { readonly op: 'retry'; readonly value: number; readonly failures: number; readonly delayMs: number }
  | { readonly op: 'caught'; readonly value: number }
  | { readonly op: 'timer'; readonly delayMs: number }
  | { readonly op: 'all'; readonly values: readonly number[] }
  /** A timer races with one that is far away and is cancelled. */
  | { readonly op: 'any'; readonly delayMs: number }
  | { readonly op: 'event'; readonly name: string }
  | { readonly op: 'child'; readonly program: Program }
  | { readonly op: 'entity'; readonly key: string; readonly value: number }
  | { readonly op: 'locked'; readonly keys: readonly string[]; readonly value: number }

/** Generations, each a list of steps; between them the orchestration continues as new. */
export interface Program {
  readonly generations: readonly (readonly Step[])[]
}

/** Mulberry32: numbers in [0, 1) from a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Size {
  /** How far below the orchestration that clients start. */
  readonly depth: number
  /** Steps of a generation. */
  readonly most: number
}

/** @param name unique: entities are named after it */
export function randomProgram(random: () => number, name: string, size: Size): Program {
  const { depth, most } = size
  const below = (bound: number) => Math.floor(random() * bound)
  const step = (path: string): Step => {
    const value = below(100)
    switch (below(depth < 2 ? 20 : 14) >> 1) {
      case 0:
        return { op: 'retry', value, failures: below(3), delayMs: below(500) }
      case 1:
        return { op: 'caught', value }
      case 2:
        return { op: 'timer', delayMs: below(2000) }
      case 3:
        return { op: 'all', values: Array.from({ length: 1 + below(5) }, () => below(100)) }
      case 4:
        return { op: 'any', delayMs: below(300) }
      case 5:
        return { op: 'entity', key: `${name}.${below(2)}`, value }
      case 6:
        return { op: 'activity', value }
      case 7:
        return { op: 'child', program: randomProgram(random, path, { depth: depth + 1, most }) }
      case 8:
        return depth === 0 ? { op: 'event', name: `e${below(2)}` } : { op: 'activity', value }
      default: {
        // A few places where everybody gets into everybody's way.
        const place = below(8)
        return { op: 'locked', keys: [`shared.${place}`, `shared.${place + 1 + below(2)}`], value }
      }
    }
  }
  const generations = Array.from({ length: 1 + below(depth === 0 ? 3 : 2) }, (_, generation) =>
    Array.from({ length: 1 + below(most) }, (_, index) => step(`${name}/${generation}.${index}`)),
  )
  return { generations }
}

/** What the events of a name have as values: their numbers in order of raising. */
export function countEvents({ generations }: Program): Map<string, number> {
  const counts = new Map<string, number>()
  for (const step of generations.flat())
    if (step.op === 'event') counts.set(step.name, (counts.get(step.name) ?? 0) + 1)
  return counts
}

/** The output that the program must have. */
export function interpret(program: Program): unknown[] {
  const entities = new Map<string, number>()
  const events = new Map<string, number>()
  return program.generations.flat().map((step): unknown => {
    switch (step.op) {
      case 'activity':
      case 'retry':
        return step.value * 2
      case 'caught':
        return `caught ${step.value}`
      case 'timer':
        return 'in time'
      case 'all':
        return step.values.map((value) => value * 2)
      case 'any':
        return 0
      case 'event': {
        const number = events.get(step.name) ?? 0
        events.set(step.name, number + 1)
        return number
      }
      case 'child':
        return interpret(step.program)
      case 'entity': {
        const sum = (entities.get(step.key) ?? 0) + step.value
        entities.set(step.key, sum)
        return sum
      }
      case 'locked':
        return step.value * step.keys.length
      default:
        throw new Error('no such step')
    }
  })
}

interface Input {
  readonly generations: Program['generations']
  readonly results: readonly unknown[]
}

export const programFunctions: Functions = {
  orchestrators: {
    *program(context) {
      const { generations, results } = context.input as Input
      const [steps = [], ...rest] = generations
      const all = [...results]
      for (const step of steps) all.push(yield* run(context, step))
      if (rest.length > 0) context.continueAsNew({ generations: rest, results: all })
      return JSON.stringify(all)
    },
  },
  activities: {
    double: (value) => (value as number) * 2,
    flaky: (input) => {
      const { value, attempt, failures } = input as { value: number; attempt: number; failures: number }
      if (attempt < failures) throw new Error(String(value))
      return value * 2
    },
  },
  entities: {
    counter: (state, _operation, input) => {
      const sum = ((state as number | undefined) ?? 0) + (input as number)
      return { state: sum, answer: sum }
    },
  },
}

function* run(context: Context, step: Step): Generator<Task, unknown, unknown> {
  switch (step.op) {
    case 'activity':
      return yield context.activity('double', step.value)
    case 'retry':
      for (let attempt = 0; ; attempt++) {
        try {
          return yield context.activity('flaky', { ...step, attempt })
        } catch (error) {
          if (attempt >= step.failures) throw error
          yield context.timer(step.delayMs)
        }
      }
    case 'caught':
      try {
        return yield context.activity('flaky', { value: step.value, attempt: 0, failures: 1 })
      } catch (error) {
        return `caught ${(error as Error).message}`
      }
    case 'timer': {
      const start = context.now
      yield context.timer(step.delayMs)
      return context.now - start >= step.delayMs ? 'in time' : 'too early'
    }
    case 'all':
      return yield context.all(step.values.map((value) => context.activity('double', value)))
    case 'any': {
      const far = context.timer(1e12)
      const winner = yield context.any([context.timer(step.delayMs), far])
      context.cancel(far)
      return winner
    }
    case 'event':
      return yield context.event(step.name)
    case 'child':
      return JSON.parse((yield context.child('program', { ...step.program, results: [] })) as string)
    case 'entity':
      return answerIn(yield context.call(`@counter@${step.key}`, 'add', step.value))
    case 'locked': {
      const entities = step.keys.map((key) => `@counter@${key}`)
      const { task, release } = context.lock(...entities)
      yield task
      let sum = 0
      for (const entity of entities) {
        const before = answerIn(yield context.call(entity, 'add', 0))
        sum += answerIn(yield context.call(entity, 'add', step.value)) - before
      }
      release()
      return sum
    }
  }
}

function answerIn(response: unknown): number {
  return JSON.parse((response as { result: string }).result)
}
