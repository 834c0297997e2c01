/** A stopwatch for the phases of one invocation. */
import type { Clock, InvocationPhases } from '@aloft/kernel'

type Phase = 'wait' | 'inputs' | 'worker' | 'outputs'

/** Runs from the moment it is made; a phase lasts until the next one is entered, or `stop`. */
export class PhaseWatch {
  readonly #clock: Clock
  readonly #durations: Record<Phase, number>
  #phase: Phase = 'wait'
  #enteredAt: number

  /** @param occurredAt when the event happened, if known (ms since 1970) */
  constructor(clock: Clock, occurredAt: number | undefined) {
    this.#clock = clock
    const waitedMs = occurredAt === undefined ? 0 : Math.max(0, clock.now() - occurredAt)
    this.#durations = { wait: waitedMs, inputs: 0, worker: 0, outputs: 0 }
    this.#enteredAt = clock.elapsed()
  }

  enter(phase: Phase): void {
    const now = this.#clock.elapsed()
    this.#durations[this.#phase] += now - this.#enteredAt
    this.#phase = phase
    this.#enteredAt = now
  }

  stop(): InvocationPhases {
    this.enter(this.#phase)
    const { wait, inputs, worker, outputs } = this.#durations
    return { waitMs: wait, inputsMs: inputs, workerMs: worker, outputsMs: outputs }
  }
}
