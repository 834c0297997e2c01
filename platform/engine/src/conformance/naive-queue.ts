/** A message as the naive queue has it. */
export interface Kept {
  readonly id: number
  readonly text: string
  readonly session: string | undefined
  visibleAt: number
  expiresAt: number
  dequeueCount: number
  isDead: boolean
}

/** A queue as simple as can be: a list that is looked through from the start for everything. */
export class NaiveQueue {
  #messages: Kept[] = []

  enqueue(message: Kept): void {
    this.#messages.push(message)
  }

  find(id: number): Kept | undefined {
    return this.#messages.find((message) => message.id === id)
  }

  remove(id: number): void {
    this.#messages = this.#messages.filter((message) => message.id !== id)
  }

  kill(message: Kept): void {
    message.isDead = true
    message.expiresAt = Number.POSITIVE_INFINITY
  }

  resubmit(message: Kept, now: number): void {
    message.isDead = false
    message.visibleAt = now
    message.dequeueCount = 0
  }

  dead(): Kept[] {
    return this.#messages.filter(({ isDead }) => isDead)
  }

  /** Whoever has claimed a message keeps it until the claim runs out. */
  isExpired({ expiresAt, visibleAt, dequeueCount }: Kept, now: number): boolean {
    return expiresAt <= now && !(dequeueCount > 0 && visibleAt > now)
  }

  /** Whether an expired message may hold up its session. */
  hasExpiredSession(now: number): boolean {
    return this.#messages.some((message) => message.session !== undefined && this.isExpired(message, now))
  }

  sweep(now: number): void {
    this.#messages = this.#messages.filter((message) => !this.isExpired(message, now))
  }

  /** What a claim takes, in order. */
  claimable(count: number, now: number): Kept[] {
    return this.#inLine(now)
      .filter(({ visibleAt }) => visibleAt <= now)
      .sort((a, b) => a.visibleAt - b.visibleAt || a.id - b.id)
      .slice(0, count)
  }

  nextVisibleAt(now: number): number | undefined {
    const times = this.#inLine(now).map(({ visibleAt }) => visibleAt)
    return times.length > 0 ? Math.min(...times) : undefined
  }

  counts(now: number): Record<string, number> {
    const inLine = this.#inLine(now)
    const hidden = inLine.filter(({ visibleAt }) => visibleAt > now)
    return {
      ready: inLine.length - hidden.length,
      claimed: hidden.filter(({ dequeueCount }) => dequeueCount > 0).length,
      scheduled: hidden.filter(({ dequeueCount }) => dequeueCount === 0).length,
      blocked: this.#live(now).length - inLine.length,
      dead: this.dead().length,
    }
  }

  #live(now: number): Kept[] {
    return this.#messages.filter((message) => !message.isDead && !this.isExpired(message, now))
  }

  /** Those that no earlier message of their session holds up. */
  #inLine(now: number): Kept[] {
    const live = this.#live(now)
    return live.filter(
      ({ id, session }) =>
        session === undefined || !live.some((other) => other.session === session && other.id < id),
    )
  }
}
