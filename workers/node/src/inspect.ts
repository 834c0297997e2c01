/** The debugger's port of this process. The host says when to open it: at a time, a port belongs to one process. */
import { realpathSync } from 'node:fs'
import * as inspector from 'node:inspector'
import { pathToFileURL } from 'node:url'
import type { InspectMessage } from '@aloft/wire'
import type { WorkerState } from './worker-state.ts'

let isClosedAtExit = false

/** Node prints where it listens, or why it does not, on stderr. */
export function inspect(worker: WorkerState, { open }: InspectMessage): void {
  // Else a process that ends would wait until its debugger lets go of it.
  if (!isClosedAtExit) process.on('exit', () => inspector.close())
  isClosedAtExit = true
  inspector.close()
  if (open) {
    inspector.open(open.port, open.host)
    if (open.mode !== 'run' && inspector.url() !== undefined) inspector.waitForDebugger()
    if (open.mode === 'break') breakOnce(worker)
  }
  worker.writer.send('inspected', { url: inspector.url() })
}

/** Pauses at the first line of the next file of the app; whoever debugs goes on from there. */
function breakOnce(worker: WorkerState): void {
  worker.beforeScript = (path) => {
    worker.beforeScript = undefined
    const session = new inspector.Session()
    session.connect()
    session.once('Debugger.paused', () => session.disconnect())
    session.post('Debugger.enable')
    session.post('Debugger.setBreakpointByUrl', { lineNumber: 0, url: urlOf(path) })
  }
}

/** As the debugger has it: without symbolic links. */
function urlOf(path: string): string {
  try {
    return pathToFileURL(realpathSync(path)).href
  } catch {
    // Loading the file will say what is wrong with it.
    return pathToFileURL(path).href
  }
}
