/** Whether a timer is to run, as a host sees it that holds the timer's lease. */
import type { Schedule } from './schedule.ts'
import { beginStatus, type TimerStatus } from './timer-status.ts'

/** Why a run takes place. */
export type Occasion = 'Scheduled' | 'IsPastDue' | 'RunOnStartup'

export interface Situation {
  readonly schedule: Schedule
  readonly isMonitored: boolean
  readonly isRunOnStartup: boolean
  /** As the last run on any host left it. */
  readonly stored: TimerStatus | undefined
  /** The occurrence that this host waited for, which has come; undefined for a host that has just started. */
  readonly awaited: number | undefined
  /** The host that was to run the awaited occurrence has died over it. */
  readonly isOrphaned: boolean
  readonly now: number
}

export interface Verdict {
  readonly status: TimerStatus
  /** undefined = not now, but at `status.next`. */
  readonly occasion: Occasion | undefined
}

export function decideTurn(situation: Situation): Verdict {
  return situation.awaited === undefined
    ? decideStart(situation)
    : decideOccurrence(situation, situation.awaited)
}

/** All timers keep in step with the other hosts; only a monitored one makes up for what they all missed. */
function decideStart({ schedule, isMonitored, isRunOnStartup, stored, now }: Situation): Verdict {
  let status = beginStatus(stored, schedule, now)
  if (now > status.next) {
    if (isMonitored) return { status, occasion: 'IsPastDue' }
    status = { ...status, next: schedule.next(now), lastUpdated: now }
  }
  return { status, occasion: isRunOnStartup ? 'RunOnStartup' : undefined }
}

/** Whoever runs first notes when; the others find that nothing is left to do. */
function decideOccurrence({ schedule, stored, isOrphaned, now }: Situation, awaited: number): Verdict {
  if (stored?.last !== undefined && stored.last >= awaited) {
    return { status: { ...stored, next: schedule.next(stored.last) }, occasion: undefined }
  }
  const status = { last: stored?.last, next: awaited, lastUpdated: stored?.lastUpdated ?? now }
  return { status, occasion: isOrphaned ? 'IsPastDue' : 'Scheduled' }
}
