/**
 * The lines by which the extension tells what its functions do (category `Host.Triggers.DurableTask`); the queries of
 * Azure's documentation filter on their `prop__` fields. Made only for those who want them.
 */
import type { Logger, TriggerContext } from '@aloft/kernel'
import type { DurableFunctionKind } from './executor.ts'

export interface TracedFunction {
  readonly hub: string
  readonly instanceId: string
  readonly kind: DurableFunctionKind
  readonly name: string
}

const typeNames: Readonly<Record<DurableFunctionKind, string>> = {
  orchestrator: 'Orchestrator',
  activity: 'Activity',
  entity: 'Entity',
}

export class TraceLog {
  readonly #loggers = new WeakMap<TriggerContext, Logger>()
  #sequence = 0

  started(context: TriggerContext, traced: TracedFunction): void {
    const log = this.#wanted(context)
    if (log) this.#write(log, traced, 'started', 'Started', 'Running')
  }

  /** The orchestrator waits for something. */
  awaited(context: TriggerContext, traced: TracedFunction): void {
    const log = this.#wanted(context)
    if (log) this.#write(log, traced, 'awaited', 'Awaited', 'Running')
  }

  completed(context: TriggerContext, traced: TracedFunction): void {
    const log = this.#wanted(context)
    if (log) this.#write(log, traced, 'completed', 'Completed', 'Completed')
  }

  failed(context: TriggerContext, traced: TracedFunction, reason: string): void {
    const log = this.#loggerOf(context)
    this.#write(log, traced, `failed with an error. Reason: ${reason}`, 'Failed', 'Failed', reason)
  }

  #wanted(context: TriggerContext): Logger | undefined {
    const log = this.#loggerOf(context)
    return log.isEnabled('information') ? log : undefined
  }

  #loggerOf(context: TriggerContext): Logger {
    const known = this.#loggers.get(context)
    if (known) return known
    const log = context.log.child('Host.Triggers.DurableTask')
    this.#loggers.set(context, log)
    return log
  }

  #write(
    log: Logger,
    { hub, instanceId, kind, name }: TracedFunction,
    event: string,
    state: string,
    runtimeStatus: string,
    reason?: string,
  ): void {
    const functionType = typeNames[kind]
    const number = this.#sequence++
    const ids = {
      prop__hubName: hub,
      prop__functionName: name,
      prop__functionType: functionType,
      prop__instanceId: instanceId,
      prop__state: state,
      prop__runtimeStatus: runtimeStatus,
      prop__isReplay: 'False',
      prop__sequenceNumber: number,
      ...(reason !== undefined && { prop__reason: reason }),
    }
    log.write(
      reason === undefined ? 'information' : 'error',
      `${instanceId}: Function '${name} (${functionType})' ${event}. IsReplay: False. State: ${state}. RuntimeStatus: ${runtimeStatus}. HubName: ${hub}. SequenceNumber: ${number}.`,
      { ids },
    )
  }
}
