import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventTypes, type HistoryEvent } from '@aloft/durable'
import { rewindHistory } from '../../src/engine/rewind.ts'

const { taskScheduled, taskCompleted, taskFailed, timerCreated, timerFired } = eventTypes

/** Of the parts that matter: a type, and the id of the event or of what it closes. */
function event(EventType: number, id = -1): HistoryEvent {
  const isDecision = EventType === taskScheduled || EventType === timerCreated
  const closes =
    isDecision || id < 0 ? {} : EventType === timerFired ? { TimerId: id } : { TaskScheduledId: id }
  return { EventType, EventId: isDecision ? id : -1, Timestamp: '', ...closes }
}

function turn(...events: HistoryEvent[]): HistoryEvent[] {
  return [event(eventTypes.orchestratorStarted), ...events, event(eventTypes.orchestratorCompleted)]
}

const end = event(eventTypes.executionCompleted)
const start = event(eventTypes.executionStarted)

function rewound(...turns: HistoryEvent[][]): (readonly [number, unknown])[] {
  return rewindHistory(turns.flat())
    .events.filter(({ EventType }) => EventType !== 12 && EventType !== 13)
    .map((kept) => [kept.EventType, kept.TaskScheduledId ?? kept.TimerId ?? kept.EventId] as const)
}

test('a failed activity is taken back with its scheduling, what succeeded beside it stays', () => {
  const kept = rewound(
    turn(start, event(taskScheduled, 0), event(taskScheduled, 1)),
    turn(event(taskFailed, 1), event(taskCompleted, 0), end),
  )
  assert.deepEqual(kept, [
    [eventTypes.executionStarted, -1],
    [taskScheduled, 0],
    [taskCompleted, 0],
  ])
})

test('all attempts of a retry are taken back, with the timers between them', () => {
  const kept = rewound(
    turn(start, event(taskScheduled, 0)),
    turn(event(taskCompleted, 0), event(taskScheduled, 1)),
    turn(event(taskFailed, 1), event(timerCreated, 2)),
    turn(event(timerFired, 2), event(taskScheduled, 3)),
    turn(event(taskFailed, 3), event(timerCreated, 4)),
    turn(event(timerFired, 4), end),
  )
  assert.deepEqual(kept, [
    [eventTypes.executionStarted, -1],
    [taskScheduled, 0],
    [taskCompleted, 0],
  ])
})

test('a failure that was caught long ago stays, and the compensation of the last one goes', () => {
  const kept = rewound(
    turn(start, event(taskScheduled, 0)),
    turn(event(taskFailed, 0), event(taskScheduled, 1)),
    turn(event(taskCompleted, 1), event(taskScheduled, 2)),
    turn(event(taskFailed, 2), event(taskScheduled, 3)),
    turn(event(taskCompleted, 3), end),
  )
  assert.deepEqual(kept, [
    [eventTypes.executionStarted, -1],
    [taskScheduled, 0],
    [taskFailed, 0],
    [taskScheduled, 1],
    [taskCompleted, 1],
  ])
})

test('without a failed task only what the last turn decided is taken back', () => {
  const kept = rewound(
    turn(start, event(taskScheduled, 0)),
    turn(event(taskCompleted, 0), event(timerCreated, 1), end),
  )
  assert.deepEqual(kept, [
    [eventTypes.executionStarted, -1],
    [taskScheduled, 0],
    [taskCompleted, 0],
  ])
})
