/** What the engine refuses on purpose; who speaks a protocol turns these into its answers. */
import type { RuntimeStatus } from '../contracts.ts'

/** Thrown before anything was written. */
export abstract class Refusal extends Error {
  abstract readonly instanceId: string
}

export class InstanceNotFound extends Refusal {
  override readonly name = 'InstanceNotFound'
  readonly instanceId: string

  constructor(instanceId: string) {
    super(`There is no instance with the id '${instanceId}'.`)
    this.instanceId = instanceId
  }
}

/** A start under an id that is taken by an instance which must not be replaced. */
export class InstanceExists extends Refusal {
  override readonly name = 'InstanceExists'
  readonly instanceId: string
  readonly runtimeStatus: RuntimeStatus

  constructor(instanceId: string, runtimeStatus: RuntimeStatus) {
    super(`An Orchestration instance with the status ${runtimeStatus} already exists: ${instanceId}`)
    this.instanceId = instanceId
    this.runtimeStatus = runtimeStatus
  }
}

/** The instance is there, but in a state in which the operation makes no sense. */
export class InvalidState extends Refusal {
  override readonly name = 'InvalidState'
  readonly instanceId: string
  readonly runtimeStatus: RuntimeStatus

  /** @param operation e.g. `suspend` */
  constructor(operation: string, instanceId: string, runtimeStatus: RuntimeStatus) {
    super(
      `Cannot ${operation} the orchestration instance ${instanceId} because instance is in the ${runtimeStatus} state.`,
    )
    this.instanceId = instanceId
    this.runtimeStatus = runtimeStatus
  }
}

/** The hub is closing or closed. */
export class HubClosed extends Error {
  override readonly name = 'HubClosed'

  constructor(hub: string) {
    super(`Task hub ${hub} is closed`)
  }
}
