/** Gathers file changes until they pause, so that a build or a bulk copy makes one restart. */
import type { Clock, Timer } from '@aloft/kernel'
import type { ChangeKind } from './file-changes.ts'

export interface AppChange {
  /** The most that any of the files asks for. */
  readonly kind: ChangeKind
  /** Relative to the app's root, ascending. */
  readonly files: readonly string[]
}

/** As long as the official host waits. */
const quietMs = 500
const weight: Readonly<Record<ChangeKind, number>> = { worker: 0, host: 1, offline: 2 }

export class ChangeBurst {
  readonly #clock: Clock
  readonly #onChange: (change: AppChange) => void
  readonly #changed = new Map<string, ChangeKind>()
  #timer: Timer | undefined

  constructor(clock: Clock, onChange: (change: AppChange) => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  add(file: string, kind: ChangeKind): void {
    this.#changed.set(file, kind)
    this.#timer?.cancel()
    this.#timer = this.#clock.after(quietMs, () => this.#flush())
  }

  /** Forgets what has not been told. */
  close(): void {
    this.#timer?.cancel()
  }

  #flush(): void {
    const kinds = [...this.#changed.values()]
    const files = [...this.#changed.keys()].sort()
    this.#changed.clear()
    const kind = kinds.reduce((left, right) => (weight[left] >= weight[right] ? left : right))
    this.#onChange({ kind, files })
  }
}
