/**
 * The list does not tell at which of the turn's events an action came about, and another id was given out in between:
 * code that waits for a task that it has yielded before returns the same list as code that does not. With its first
 * events alone the turn says it.
 */
export class AmbiguousTurn extends Error {
  override readonly name = 'AmbiguousTurn'
  /** How many of the turn's events are clear. */
  readonly clear: number

  constructor(clear: number) {
    super(`Only the first ${clear} events of the turn are clear.`)
    this.clear = clear
  }
}
