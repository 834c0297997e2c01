/** What a function gets from its timer. */
import type { ManualInput } from '@aloft/kernel'
import type { Schedule } from './schedule.ts'
import { formatInvariant, formatJsonTime } from './time-text.ts'
import type { TimeZone } from './time-zone.ts'
import type { TimerStatus } from './timer-status.ts'

/** One run of a timer. */
export interface TimerRun {
  readonly schedule: Schedule
  readonly zone: TimeZone
  /** As it was before this run; undefined when the timer is not monitored. */
  readonly status: TimerStatus | undefined
  readonly isPastDue: boolean
  readonly now: number
}

/** The trigger's value, `TimerInfo` as the host's JSON, and what binding expressions may name. */
export function timerInput(run: TimerRun): ManualInput {
  const timerTrigger = formatInvariant(run.now, run.zone)
  return {
    data: { json: JSON.stringify(timerInfo(run)) },
    metadata: { TimerTrigger: { string: timerTrigger } },
    bindingData: () => ({ timerTrigger }),
  }
}

function timerInfo({ schedule, zone, status, isPastDue }: TimerRun) {
  return {
    Schedule: { AdjustForDST: schedule.adjustForDst },
    ScheduleStatus: status
      ? {
          Last: formatJsonTime(status.last, zone),
          Next: formatJsonTime(status.next, zone),
          LastUpdated: formatJsonTime(status.lastUpdated, zone),
        }
      : null,
    IsPastDue: isPastDue,
  }
}
