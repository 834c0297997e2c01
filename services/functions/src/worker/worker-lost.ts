/** The worker ended before it answered. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost'
}
