/**
 * The lines by which the extension tells what its functions do (category `Host.Triggers.DurableTask`); the queries of
 * Azure's documentation filter on their `prop__` fields. Made only for those who want them.
 */
import type { Logger, TriggerContext } from '@aloft/kernel'
import {
  type EntityBatch,
  type EntityBatchResult,
  eventTypes,
  type HistoryEvent,
  type OrchestratorAction,
} from '../contracts.ts'
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

/** Answers of entities come as events that are named by the request. */
const requestId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export class TraceLog {
  readonly #loggers = new WeakMap<TriggerContext, Logger>()
  #sequence = 0

  /** @param context of the function that asks for it, or of its own */
  scheduled(context: TriggerContext, traced: TracedFunction, reason: string): void {
    const log = this.#wanted(context)
    if (log) this.#write(log, traced, `scheduled. Reason: ${reason}`, 'Scheduled', 'Pending')
  }

  started(context: TriggerContext, traced: TracedFunction): void {
    const log = this.#wanted(context)
    if (log) this.#write(log, traced, 'started', 'Started', 'Running')
  }

  /** What wakes an orchestrator besides its activities. */
  arrived(context: TriggerContext, traced: TracedFunction, events: readonly HistoryEvent[]): void {
    const log = this.#wanted(context)
    if (!log) return
    for (const { EventType, FireAt, Name } of events) {
      if (EventType === eventTypes.timerFired)
        this.#write(
          log,
          traced,
          `was resumed by a timer scheduled for '${FireAt}'`,
          'TimerExpired',
          'Running',
        )
      else if (EventType === eventTypes.eventRaised && requestId.test(String(Name)))
        this.#write(
          log,
          traced,
          `received an entity response. OperationId: ${Name}`,
          'EntityResponseReceived',
          'Running',
        )
      else if (EventType === eventTypes.eventRaised)
        this.#write(log, traced, `received a '${Name}' event`, 'ExternalEventRaised', 'Running')
    }
  }

  /** What an orchestrator asks for. */
  asked(context: TriggerContext, traced: TracedFunction, actions: readonly OrchestratorAction[]): void {
    if (!this.#wanted(context)) return
    for (const action of actions) {
      if (action.kind !== 'schedule-task' && action.kind !== 'create-sub-orchestration') continue
      const kind = action.kind === 'schedule-task' ? 'activity' : 'orchestrator'
      this.scheduled(context, { ...traced, kind, name: action.name }, traced.name)
    }
  }

  operated(context: TriggerContext, traced: TracedFunction, batch: EntityBatch, result: EntityBatchResult) {
    const log = this.#wanted(context)
    if (!log) return
    batch.operations.forEach(({ name, requestId }, index) => {
      const outcome = result.results[index]
      if (outcome?.isError) {
        const reason = outcome.failure?.ErrorMessage ?? ''
        const event = `failed '${name}' operation ${requestId} with exception ${reason}`
        this.#write(log, traced, event, 'OperationFailed', 'Running', reason)
      } else {
        const event = `completed '${name}' operation ${requestId}`
        this.#write(log, traced, event, 'OperationCompleted', 'Running')
      }
    })
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
