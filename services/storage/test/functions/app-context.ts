/** An app as triggers and bindings see it, made of settings and a section of host.json. */
import type { AppContext, BindingDefinition, Clock, Connection } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'

export interface AppFacts {
  readonly settings?: Readonly<Record<string, string>>
  /** host.json `extensions`. */
  readonly extensions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly clock?: Clock
}

export function appContext({ settings = {}, extensions = {}, clock = new VirtualClock() }: AppFacts = {}) {
  const context: Pick<AppContext, 'setting' | 'connection' | 'extension' | 'clock' | 'hostId' | 'name'> = {
    hostId: 'test-host',
    name: 'test',
    clock,
    setting: (name) => settings[name],
    connection: (name) => connectionOf(settings, name),
    extension: (section) => extensions[section] ?? {},
  }
  return context as AppContext
}

function connectionOf(settings: Readonly<Record<string, string>>, name: string): Connection | undefined {
  const entries = Object.entries(settings)
    .filter(([key]) => key.startsWith(`${name}__`))
    .map(([key, value]) => [key.slice(name.length + 2), value])
  const parts: Record<string, string> = Object.fromEntries(entries)
  const connectionString = settings[name]
  return connectionString === undefined && entries.length === 0
    ? undefined
    : { name, connectionString, parts }
}

export function queueBinding(more: Partial<BindingDefinition> = {}): BindingDefinition {
  return {
    name: 'item',
    type: 'queueTrigger',
    direction: 'in',
    dataType: 'undefined',
    queueName: 'orders',
    ...more,
  }
}
