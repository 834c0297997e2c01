/** The trigger and binding types that this host knows, contributed by services. Names ignore case. */
import type {
  FunctionsExtension,
  InputExtension,
  OutputExtension,
  TriggerExtension,
  WebhookExtension,
} from '@aloft/kernel'

/** Types that the host serves without a listener or a writer. */
const builtIn = ['httptrigger', 'http']

export interface BindingTypes {
  readonly triggers: readonly string[]
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

export class BindingRegistry {
  /** What services answer at the address of every app. */
  readonly webhooks: readonly WebhookExtension[]
  readonly #triggers: ReadonlyMap<string, TriggerExtension>
  readonly #inputs: ReadonlyMap<string, InputExtension>
  readonly #outputs: ReadonlyMap<string, OutputExtension>

  constructor(extensions: readonly FunctionsExtension[]) {
    this.webhooks = extensions.flatMap((extension) => extension.webhooks ?? [])
    this.#triggers = byType(extensions.flatMap((extension) => extension.triggers ?? []))
    this.#inputs = byType(extensions.flatMap((extension) => extension.inputs ?? []))
    this.#outputs = byType(extensions.flatMap((extension) => extension.outputs ?? []))
  }

  /** Every type that can be served, in lower case. */
  get types(): BindingTypes {
    return {
      triggers: ['httptrigger', ...this.#triggers.keys()],
      inputs: [...this.#inputs.keys()],
      outputs: ['http', ...this.#outputs.keys()],
    }
  }

  trigger(type: string): TriggerExtension | undefined {
    return this.#triggers.get(type.toLowerCase())
  }

  input(type: string): InputExtension | undefined {
    return this.#inputs.get(type.toLowerCase())
  }

  output(type: string): OutputExtension | undefined {
    return this.#outputs.get(type.toLowerCase())
  }

  /** Whether a binding of this type and direction can be served. */
  isKnown(type: string, direction: 'in' | 'out' | 'inout'): boolean {
    const name = type.toLowerCase()
    if (builtIn.includes(name)) return true
    if (direction !== 'in') return this.#outputs.has(name)
    return this.#triggers.has(name) || this.#inputs.has(name)
  }
}

function byType<Extension extends { readonly type: string }>(
  extensions: readonly Extension[],
): ReadonlyMap<string, Extension> {
  return new Map(extensions.map((extension) => [extension.type.toLowerCase(), extension]))
}
