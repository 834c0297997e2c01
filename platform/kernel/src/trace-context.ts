/** W3C Trace Context, carried through asynchronous work. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { TraceContext } from '@aloft/wire/trace'

const storage = new AsyncLocalStorage<TraceContext>()

/** The span that the running asynchronous work belongs to. */
export function currentTrace(): TraceContext | undefined {
  return storage.getStore()
}

/** Runs `work`, and everything that it starts, inside `context`. */
export function withTrace<Result>(context: TraceContext, work: () => Result): Result {
  return storage.run(context, work)
}
