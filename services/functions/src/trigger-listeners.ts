/** What makes the functions of one generation run by themselves. */
import {
  ensureError,
  type FunctionDefinition,
  type InvocationInput,
  type InvocationResult,
  type Logger,
  type TriggerListener,
} from '@aloft/kernel'
import type { BindingRegistry } from './binding-registry.ts'
import type { AppConfiguration } from './contracts.ts'
import type { ConcurrentTrigger } from './scale/index.ts'

export interface TriggerListenersOptions {
  readonly app: AppConfiguration
  readonly registry: BindingRegistry
  readonly log: Logger
  invoke(definition: FunctionDefinition, input: InvocationInput): Promise<InvocationResult>
  /** Undefined without dynamic concurrency. */
  readonly concurrency:
    | {
        trigger(
          name: string,
          invoke: (input: InvocationInput) => Promise<InvocationResult>,
        ): ConcurrentTrigger
      }
    | undefined
}

export class TriggerListeners {
  readonly #options: TriggerListenersOptions
  #started: TriggerListener[] = []

  constructor(options: TriggerListenersOptions) {
    this.#options = options
  }

  /** Starts the listeners of `definitions`. One that does not start is logged; the others go on. */
  async start(definitions: readonly FunctionDefinition[]): Promise<void> {
    await Promise.all(definitions.map((definition) => this.#startOne(definition)))
  }

  /** Takes no new work from triggers. */
  async stop(signal: AbortSignal): Promise<void> {
    const listeners = this.#started
    this.#started = []
    await Promise.all(listeners.map((listener) => listener.stop(signal)))
  }

  async #startOne(definition: FunctionDefinition): Promise<void> {
    const { app, registry, log, concurrency } = this.#options
    const { name, trigger } = definition
    const extension = registry.trigger(trigger.type)
    if (!extension) return
    const invoke = (input: InvocationInput) => this.#options.invoke(definition, input)
    try {
      const listener = extension.listen({
        app: app.context,
        function: definition,
        binding: trigger,
        log: log.child(`Host.Triggers.${trigger.type}`, { function: name }),
        ...(concurrency ? concurrency.trigger(extension.sharedConcurrency ?? name, invoke) : { invoke }),
      })
      await listener.start()
      this.#started.push(listener)
    } catch (thrown) {
      const error = ensureError(thrown)
      log.error(`The listener for function '${name}' was unable to start: ${error.message}`, error)
    }
  }
}
