/**
 * Time, chance and everything that takes time in a simulation. What has been begun (a commit, a read, an activity) is a
 * step; steps end in any order, one after the other, and time stands still unless nothing else is to be done. The
 * same seed leads to the same run.
 */
import type { Clock, Timer } from '@aloft/kernel'
import { randomFrom } from '../engine/random-programs.ts'

interface Step {
  readonly host: Host
  readonly run: () => Promise<void> | void
}

interface Waiting {
  readonly host: Host
  at: number
  readonly number: number
  readonly periodMs: number | undefined
  readonly action: () => void
}

/** A process. Once it is dead nothing of it goes on. */
export class Host {
  isAlive = true
}

/** How often time goes on although there is something to do. */
const slowness = 0.01

export class World {
  readonly random: () => number
  now = Date.UTC(2026, 0, 1)
  #steps: Step[] = []
  #waiting: Waiting[] = []
  #number = 0

  constructor(seed: number) {
    this.random = randomFrom(seed)
  }

  below(bound: number): number {
    return Math.floor(this.random() * bound)
  }

  /** `run` is done at some time from now on, unless the host dies before. */
  begin(host: Host, run: Step['run']): void {
    if (host.isAlive) this.#steps.push({ host, run })
  }

  /** Resolves when the host has come so far. */
  pass(host: Host): Promise<void> {
    return new Promise((resolve) => this.begin(host, resolve))
  }

  kill(host: Host): void {
    host.isAlive = false
    this.#steps = this.#steps.filter((step) => step.host.isAlive)
    this.#waiting = this.#waiting.filter((timer) => timer.host.isAlive)
  }

  get isIdle(): boolean {
    return this.#steps.length === 0
  }

  /** Ends one of the steps that are under way, or lets time go on to the next timer. */
  async step(): Promise<void> {
    if (this.isIdle || this.random() < slowness) this.#turnClock()
    else {
      const index = this.below(this.#steps.length)
      const step = this.#steps[index] as Step
      this.#steps[index] = this.#steps.at(-1) as Step
      this.#steps.pop()
      await step.run()
    }
    await settled()
  }

  clockOf(host: Host): Clock {
    const add = (delayMs: number, periodMs: number | undefined, action: () => void): Timer => {
      const waiting = { host, at: this.now + Math.max(0, delayMs), number: this.#number++, periodMs, action }
      if (host.isAlive) this.#waiting.push(waiting)
      const timer: Timer = {
        cancel: () => {
          const index = this.#waiting.indexOf(waiting)
          if (index >= 0) this.#waiting.splice(index, 1)
        },
        unref: () => timer,
      }
      return timer
    }
    return {
      now: () => this.now,
      elapsed: () => this.now,
      after: (delayMs, action) => add(delayMs, undefined, action),
      every: (periodMs, action) => add(periodMs, periodMs, action),
      sleep: (delayMs) => new Promise((resolve) => add(delayMs, undefined, resolve)),
    }
  }

  #turnClock(): void {
    let next: Waiting | undefined
    for (const each of this.#waiting)
      if (!next || each.at < next.at || (each.at === next.at && each.number < next.number)) next = each
    if (!next) return
    this.now = Math.max(this.now, next.at)
    if (next.periodMs === undefined) this.#waiting.splice(this.#waiting.indexOf(next), 1)
    else next.at = this.now + next.periodMs
    next.action()
  }
}

/** Lets promises run that wait for nothing. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
