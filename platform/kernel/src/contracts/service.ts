/** What every service looks like to the composition root. */
import type { Scope } from '../scope.ts'
import type { FunctionsExtension } from './functions.ts'
import type { ResourceType } from './resources.ts'

export interface Service {
  /** The service's folder name, e.g. `functions`. */
  readonly name: string
  /** Triggers and bindings for the Functions host. */
  readonly functions?: FunctionsExtension
  /** Resource types for the resource manager. */
  readonly resources?: readonly ResourceType[]
  /** Opens what the service needs; all of it belongs to `scope`, which closes it when the host stops. */
  start(scope: Scope): Promise<void>
  /** Takes no new work and resolves when the work in hand has ended, or `signal` aborts. */
  drain?(signal: AbortSignal): Promise<void>
}
