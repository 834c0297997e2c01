/**
 * Tells an Event Grid topic about the lives of orchestrations (Azure documentation, "Durable Functions publishing to
 * Azure Event Grid"). Never holds a turn up.
 */
import { type Clock, ensureError, type Logger, newId, type ResourceEvent } from '@aloft/kernel'
import type { LifecycleEvent } from '../engine/hub-options.ts'
import type { LifecycleName, NotificationOptions } from '../functions/durable-options.ts'

export interface NotifierOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Aborts what is under way when the host stops. */
  readonly stopping: AbortSignal
}

const nameOfStatus: Readonly<Record<LifecycleEvent['runtimeStatus'], LifecycleName>> = {
  Running: 'Started',
  Completed: 'Completed',
  Failed: 'Failed',
  Terminated: 'Terminated',
}

export class EventGridNotifier {
  readonly #options: NotifierOptions

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  /** Returns at once. */
  notify(options: NotificationOptions, event: LifecycleEvent): void {
    if (!isWanted(options, event)) return
    const { log } = this.#options
    this.#post(options, eventBody(event)).catch((error: unknown) =>
      log.warn(
        `The ${event.runtimeStatus} event of the orchestration '${event.instanceId}' was not published to ${options.topicEndpoint}: ${ensureError(error).message}`,
      ),
    )
  }

  async #post(options: NotificationOptions, body: string): Promise<void> {
    const { clock, stopping } = this.#options
    for (let attempt = 0; ; attempt++) {
      const failure = await send(options, body, stopping)
      if (failure === undefined) return
      const isPassing = failure.status === 0 || failure.status === unavailable
      const mayPass = isPassing || options.retryStatuses.includes(failure.status)
      if (attempt >= options.retryCount || !mayPass) throw new Error(failure.reason)
      await clock.sleep(options.retryIntervalMs, stopping)
    }
  }
}

const unavailable = 503

interface Failure {
  /** 0 when there was no answer. */
  readonly status: number
  readonly reason: string
}

async function send(
  { topicEndpoint, key }: NotificationOptions,
  body: string,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  try {
    const headers = { 'Content-Type': 'application/json', 'aeg-sas-key': key }
    const response = await fetch(topicEndpoint, { method: 'POST', headers, body, signal })
    await response.arrayBuffer()
    if (response.ok) return undefined
    return { status: response.status, reason: `the topic answered ${response.status}` }
  } catch (error) {
    if (signal.aborted) throw error
    const { message, cause } = ensureError(error)
    return { status: 0, reason: cause instanceof Error ? cause.message : message }
  }
}

export function isWanted({ events }: NotificationOptions, { runtimeStatus }: LifecycleEvent): boolean {
  return events.includes(nameOfStatus[runtimeStatus])
}

/** JSON text of an array with one event, in the Event Grid schema. */
export function eventBody(event: LifecycleEvent): string {
  const { type: eventType, subject, data, dataVersion } = resourceEvent(event)
  const eventTime = new Date(event.at).toISOString()
  return JSON.stringify([{ id: newId(), subject, data, eventType, eventTime, dataVersion }])
}

/** For a topic of this platform: the task hub's. */
export function resourceEvent(event: LifecycleEvent): ResourceEvent {
  const { hub, instanceId, name, runtimeStatus, reason } = event
  return {
    type: 'orchestratorEvent',
    topic: `durable/taskHubs/${hub}`,
    subject: `durable/orchestrator/${runtimeStatus}`,
    dataVersion: '1.0',
    data: { hubName: hub, functionName: name, instanceId, reason, runtimeStatus },
  }
}
