/** Whether the host bears more work, as looked at once a second. */

/** `unknown` until it has been looked at for a while. */
export type ThrottleState = 'unknown' | 'open' | 'closed'

export interface Finding {
  readonly state: ThrottleState
  /** What there is too little of: `CPU`, `Memory`, `EventLoop`. */
  readonly exceeded: readonly string[]
}

export class Throttle {
  #finding: Finding = { state: 'unknown', exceeded: [] }
  #streak = 0

  get state(): ThrottleState {
    return this.#finding.state
  }

  get exceeded(): readonly string[] {
    return this.#finding.exceeded
  }

  /** How many findings before the last one were the same. */
  get streak(): number {
    return this.#streak
  }

  note(finding: Finding): void {
    this.#streak = finding.state === this.state ? this.#streak + 1 : 0
    this.#finding = finding
  }
}
