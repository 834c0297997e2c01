/** Whether it pays that workers keep orchestrators: with many workers, or many instances, they are often cold. */

const mostColdAnswers = 100
/** Turns after which it is tried again. */
const pauseTurns = 10_000

export class Warmth {
  /** Grows with a cold answer, falls with a warm one. */
  #cold = 0
  #pause = 0

  isWorthwhile(): boolean {
    if (this.#pause === 0) return true
    this.#pause--
    return false
  }

  learn(answer: 'cold' | 'warm'): void {
    this.#cold = Math.max(0, this.#cold + (answer === 'cold' ? 1 : -1))
    if (this.#cold < mostColdAnswers) return
    this.#cold = 0
    this.#pause = pauseTurns
  }
}
