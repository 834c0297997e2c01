/** Copies whose content comes from elsewhere, in the background. They go on after a restart, from the beginning. */
import { ensureError } from '@aloft/kernel'
import { maxPageBlobBytes } from '../limits.ts'
import { type Arrived, discardArrived, intoEngine } from '../store/content.ts'
import type { BlobContext } from '../store/context.ts'
import { type Copying, copiesUnderWay, endCopy } from '../store/remote-copy.ts'

export class CopyJobs {
  readonly #context: BlobContext
  readonly #running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>()
  #isClosed = false

  constructor(context: BlobContext) {
    this.#context = context
  }

  /** Takes up what an earlier run of the process left unfinished. */
  async resume(): Promise<void> {
    for (const copying of await copiesUnderWay(this.#context)) this.start(copying, undefined)
  }

  /** @param authorization for the source; it is not kept, so that such a copy fails when it is resumed */
  start(copying: Copying, authorization: string | undefined): void {
    const stop = new AbortController()
    const done = this.#run(copying, authorization, stop.signal).finally(() =>
      this.#running.delete(copying.id),
    )
    this.#running.set(copying.id, { stop, done })
  }

  abort(id: string): void {
    this.#running.get(id)?.stop.abort()
  }

  /** Lets go of what is under way; it is taken up at the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    const running = [...this.#running.values()]
    for (const { stop } of running) stop.abort()
    await Promise.all(running.map(({ done }) => done))
  }

  async #run(copying: Copying, authorization: string | undefined, signal: AbortSignal): Promise<void> {
    const { log } = this.#context
    try {
      const outcome = await this.#fetch(copying, authorization, signal)
      if (this.#isClosed) return
      const isKept = await endCopy(this.#context, copying, outcome)
      if ('key' in outcome && !isKept) await discardArrived(this.#context.engine, outcome)
    } catch (error) {
      log.error(`The copy to ${copying.name} could not be ended`, ensureError(error))
    }
  }

  async #fetch(
    { source }: Copying,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Arrived | { readonly description: string }> {
    try {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      const response = await fetch(source, { headers, signal, redirect: 'error' })
      if (!response.ok) {
        await response.body?.cancel()
        return {
          description: `${response.status} ${response.statusText} "Copy failed when reading the source."`,
        }
      }
      return await intoEngine(this.#context.engine, response.body ?? new Uint8Array(0), maxPageBlobBytes)
    } catch (error) {
      return { description: `500 InternalError "${ensureError(error).message}"` }
    }
  }
}
