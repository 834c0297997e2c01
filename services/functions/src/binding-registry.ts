/** The trigger and binding types that this host knows, contributed by services. Names ignore case. */
import type {
  AppContext,
  FunctionsExtension,
  InputExtension,
  LaterExtension,
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
  readonly #triggers = new Map<string, TriggerExtension>()
  readonly #inputs = new Map<string, InputExtension>()
  readonly #outputs = new Map<string, OutputExtension>()
  readonly #later: readonly LaterExtension[]
  readonly #loading = new Map<LaterExtension, Promise<void>>()

  constructor(extensions: readonly FunctionsExtension[]) {
    this.webhooks = extensions.flatMap((extension) => extension.webhooks ?? [])
    this.#later = extensions.flatMap((extension) => extension.later ?? [])
    for (const extension of extensions) this.#add(extension)
  }

  /** Every type that can be served, in lower case. */
  async types(): Promise<BindingTypes> {
    await Promise.all(this.#later.map((each) => this.#load(each)))
    return {
      triggers: ['httptrigger', ...this.#triggers.keys()],
      inputs: [...this.#inputs.keys()],
      outputs: ['http', ...this.#outputs.keys()],
    }
  }

  /** To be called before anything is asked about bindings of these types. */
  async prepare(types: ReadonlySet<string>): Promise<void> {
    const names = new Set([...types].map((type) => type.toLowerCase()))
    const wanted = this.#later.filter((each) => each.types.some((type) => names.has(type)))
    await Promise.all(wanted.map((each) => this.#load(each)))
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

  /** host.json `extensions` with defaults, by section, of the triggers that are loaded. */
  hostOptions(app: AppContext): Readonly<Record<string, unknown>> {
    const all = [...this.#triggers.values()].flatMap((trigger) => trigger.hostOptions?.(app) ?? [])
    return Object.fromEntries(all.map(({ section, options }) => [section, options]))
  }

  /** Whether a binding of this type and direction can be served. */
  isKnown(type: string, direction: 'in' | 'out' | 'inout'): boolean {
    const name = type.toLowerCase()
    if (builtIn.includes(name)) return true
    if (direction !== 'in') return this.#outputs.has(name)
    return this.#triggers.has(name) || this.#inputs.has(name)
  }

  #load(extension: LaterExtension): Promise<void> {
    const known = this.#loading.get(extension)
    if (known) return known
    const loading = extension.load().then(
      (loaded) => this.#add(loaded),
      (error: unknown) => {
        this.#loading.delete(extension)
        throw error
      },
    )
    this.#loading.set(extension, loading)
    return loading
  }

  #add({ triggers = [], inputs = [], outputs = [] }: FunctionsExtension): void {
    for (const trigger of triggers) this.#triggers.set(trigger.type.toLowerCase(), trigger)
    for (const input of inputs) this.#inputs.set(input.type.toLowerCase(), input)
    for (const output of outputs) this.#outputs.set(output.type.toLowerCase(), output)
  }
}
