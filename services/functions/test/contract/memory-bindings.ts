/** A trigger, an input and an output on plain memory, as a service would contribute them. */
import type {
  BindingContext,
  BindingDefinition,
  FunctionsExtension,
  InvocationInput,
  InvocationResult,
  OutputValue,
  TriggerContext,
} from '@aloft/kernel'
import type { TypedData } from '@aloft/wire'

/** `memoryTrigger` (`topic`) is fired by the test, `memory` (`key`) is read and written. */
export class MemoryBindings implements FunctionsExtension {
  /** What inputs find, by key. */
  readonly values = new Map<string, TypedData>()
  /** What outputs wrote, by key, in order. */
  readonly written = new Map<string, OutputValue[]>()
  /** The resolved input and output bindings of all invocations, in order. */
  readonly bindings: BindingDefinition[] = []
  /** `started TOPIC` and `stopped TOPIC`, in order. */
  readonly listenerEvents: string[] = []
  readonly #listening = new Map<string, TriggerContext>()

  readonly triggers = [
    {
      type: 'memoryTrigger',
      validate(binding: BindingDefinition) {
        if (typeof binding.topic !== 'string') throw new Error("The option 'topic' is missing.")
      },
      listen: (context: TriggerContext) => {
        const topic = String(context.binding.topic)
        return {
          start: async () => {
            if (topic === 'refused') throw new Error('nobody speaks there')
            this.#listening.set(topic, context)
            this.listenerEvents.push(`started ${topic}`)
          },
          stop: async () => {
            if (this.#listening.get(topic) === context) this.#listening.delete(topic)
            this.listenerEvents.push(`stopped ${topic}`)
          },
        }
      },
    },
  ]

  readonly inputs = [
    {
      type: 'memory',
      read: async (binding: BindingDefinition, _context: BindingContext) => {
        this.bindings.push(binding)
        if (binding.key === 'unreadable') throw new Error('the value cannot be read')
        return this.values.get(String(binding.key))
      },
    },
  ]

  readonly outputs = [
    {
      type: 'memory',
      write: async (binding: BindingDefinition, values: readonly OutputValue[]) => {
        this.bindings.push(binding)
        const key = String(binding.key)
        if (key === 'unwritable') throw new Error('the value cannot be written')
        this.written.set(key, [...(this.written.get(key) ?? []), ...values])
      },
    },
  ]

  /** Starts the function that listens on `topic`. */
  fire(topic: string, input: Partial<InvocationInput>): Promise<InvocationResult> {
    const context = this.#listening.get(topic)
    if (!context) throw new Error(`Nobody listens on '${topic}'`)
    return context.invoke({ data: { string: '' }, reason: `Message on '${topic}'`, ...input })
  }

  /** How many more invocations the function that listens on `topic` may start; undefined without dynamic concurrency. */
  available(topic: string, pendingCount: number): number | undefined {
    return this.#listening.get(topic)?.concurrency?.available(pendingCount)
  }

  /** What was written under `key`, bytes as text. */
  textsOf(key: string): string[] {
    return (this.written.get(key) ?? []).map((value) =>
      value.kind === 'bytes' ? Buffer.from(value.bytes).toString() : value.text,
    )
  }
}
