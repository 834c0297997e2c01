/** What the walk asks of single events. */
import { eventTypes, type HistoryEvent } from '../contracts.ts'

/** Whether the event says that an action of the orchestrator was done. */
export function isScheduling({ EventType }: HistoryEvent): boolean {
  return (
    EventType === eventTypes.taskScheduled ||
    EventType === eventTypes.subOrchestrationCreated ||
    EventType === eventTypes.timerCreated ||
    EventType === eventTypes.eventSent
  )
}

/** Whether the SDK looks for a task that the event completes. */
export function completesOrchestratorTask({ EventType }: HistoryEvent): boolean {
  return (
    EventType === eventTypes.taskCompleted ||
    EventType === eventTypes.taskFailed ||
    EventType === eventTypes.timerFired ||
    EventType === eventTypes.eventRaised ||
    EventType === eventTypes.subOrchestrationCompleted ||
    EventType === eventTypes.subOrchestrationFailed
  )
}

/** The id or the name by which the completed task is found. */
export function taskKeyOf(event: HistoryEvent): number | string {
  if (event.EventType === eventTypes.timerFired) return Number(event.TimerId)
  if (event.EventType === eventTypes.eventRaised) return String(event.Name)
  return Number(event.TaskScheduledId)
}

/** @param isEntityCall whose answers tell by themselves whether they are errors */
export function failsTask(event: HistoryEvent, isEntityCall: boolean): boolean {
  const { EventType } = event
  if (EventType === eventTypes.taskFailed || EventType === eventTypes.subOrchestrationFailed) return true
  if (!isEntityCall || EventType !== eventTypes.eventRaised) return false
  const answer: unknown = typeof event.Input === 'string' ? JSON.parse(event.Input) : undefined
  const isObject = typeof answer === 'object' && answer !== null
  return isObject && 'exceptionType' in answer && typeof answer.exceptionType === 'string'
}
