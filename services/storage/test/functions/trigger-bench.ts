/** A queue trigger on the real queues of this process; only the host that runs the function, and time, are made up. */
import { test } from 'node:test'
import {
  type InvocationInput,
  type InvocationResult,
  Logger,
  type TriggerConcurrency,
  type TriggerListener,
} from '@aloft/kernel'
import { queueConnections } from '../../src/functions/queue/queue-connections.ts'
import { queueTrigger } from '../../src/functions/queue/queue-trigger.ts'
import type { NewMessage } from '../../src/queue/queue-messages.ts'
import { openQueueBench, orders, type QueueBench } from '../queue/queue-bench.ts'
import { appContext, queueBinding } from './app-context.ts'

export interface TriggerBench extends QueueBench {
  /** Texts of the messages that functions were given, in order. */
  readonly started: string[]
  /** The inputs of the same. */
  readonly inputs: InvocationInput[]
  /** What the log says from warnings on. */
  readonly warnings: string[]
  /** Starts a trigger on `orders` that runs `body` for every message; it ends with the test. */
  listen(body: FunctionBody, options?: ListenOptions): Promise<TriggerListener>
  /** Sends texts as the SDK does, in base64. */
  send(texts: readonly string[], more?: Partial<NewMessage>): Promise<void>
  /** Texts in a queue that could be received now, decoded. */
  waiting(queue?: string): Promise<string[]>
  /** Lets work go on until `condition` holds. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>
}

/** Throwing fails the invocation. */
export type FunctionBody = (text: string) => unknown

export interface ListenOptions {
  /** host.json `extensions.queues`. */
  readonly queues?: Readonly<Record<string, unknown>>
  readonly queueName?: string
  readonly concurrency?: TriggerConcurrency
}

/** Declares a test with queues of its own. */
export function testTrigger(name: string, body: (bench: TriggerBench) => Promise<void>): void {
  test(name, async () => {
    const queues = await openQueueBench()
    const listeners: TriggerListener[] = []
    try {
      await queues.catalog.create(orders, {})
      await body(triggerBench(queues, listeners))
    } finally {
      for (const listener of listeners) await listener.stop(AbortSignal.abort())
      await queues.close()
    }
  })
}

function triggerBench(bench: QueueBench, listeners: TriggerListener[]): TriggerBench {
  const { clock, catalog, messages } = bench
  const started: string[] = []
  const inputs: InvocationInput[] = []
  const warnings: string[] = []
  const sink = {
    write: ({ level, message }: { level: string; message: string }) => {
      if (level === 'warning' || level === 'error') warnings.push(message)
    },
  }
  const log = new Logger(clock, [sink])
  const storage = { accounts: { find: () => undefined }, ports: undefined, queues: { catalog, messages } }
  const trigger = queueTrigger(queueConnections(storage, clock), clock)
  return {
    ...bench,
    started,
    inputs,
    warnings,
    async listen(body, { queues = {}, queueName = 'orders', concurrency } = {}) {
      const app = appContext({ extensions: { queues }, clock })
      const binding = queueBinding({ queueName })
      const invoke = async (input: InvocationInput): Promise<InvocationResult> => {
        const text = String(input.data.string)
        started.push(text)
        inputs.push(input)
        return run(() => body(text))
      }
      const definition = { name: 'work', trigger: binding } as never
      const listener = trigger.listen({
        app,
        binding,
        log,
        function: definition,
        concurrency,
        invoke,
      })
      listeners.push(listener)
      await listener.start()
      return listener
    },
    async send(texts, more = {}) {
      const encoded = texts.map((text) => ({
        text: Buffer.from(text).toString('base64'),
        ttlMs: 604_800_000,
        ...more,
      }))
      await messages.send(orders, encoded)
    },
    async waiting(queue = 'orders') {
      const peeked = await messages.peek({ ...orders, queue }, 32)
      return peeked.map(({ text }) => Buffer.from(text, 'base64').toString())
    },
    async until(condition) {
      for (let round = 0; round < 20_000; round++) {
        if (await condition()) return
        await new Promise((resolve) => setImmediate(resolve))
      }
      throw new Error(`It did not come to that: ${condition}`)
    },
  }
}

async function run(body: () => unknown): Promise<InvocationResult> {
  const result = { invocationId: '', returnValue: undefined, durationMs: 0 }
  try {
    await body()
    return { ...result, status: 'succeeded', error: undefined }
  } catch (error) {
    return { ...result, status: 'failed', error: error as Error }
  }
}

/** A function that runs until the test lets it go. */
export function heldFunction() {
  const waiting: PromiseWithResolvers<void>[] = []
  return {
    body: () => {
      const gate = Promise.withResolvers<void>()
      waiting.push(gate)
      return gate.promise
    },
    /** Ends the run that began first. */
    finishOne: () => waiting.shift()?.resolve(),
    finishAll: () => {
      for (const gate of waiting.splice(0)) gate.resolve()
    },
    get running() {
      return waiting.length
    },
  }
}
