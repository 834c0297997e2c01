/**
 * The process's IPC channel, over which the host lends connections. User code must not see it: many libraries take a
 * process that has one for a child of theirs.
 */
import type { LentMessage } from '@aloft/wire'
import type { HostPipe } from '../pipe.ts'
import type { WorkerState } from '../worker-state.ts'
import type { LentConnections } from './lent-connections.ts'

/** Calls `opened` when the first connection is lent; what serves them is loaded only then. */
export function openHostChannel(
  worker: WorkerState,
  pipe: HostPipe,
  opened: (connections: LentConnections) => void,
): void {
  worker.takesConnections = true
  let connections: Promise<LentConnections> | undefined
  process.on('message', (message: LentMessage, handle: object | undefined) => {
    connections ??= import('./lent-connections.ts').then(({ LentConnections }) => {
      const loaded = new LentConnections(worker, pipe)
      opened(loaded)
      return loaded
    })
    void connections.then((loaded) => loaded.receive(message, handle))
  })
  // The pipe keeps the process alive, and ends it when the host is gone.
  process.channel?.unref()
  delete process.send
  delete (process as Partial<NodeJS.Process>).disconnect
}
