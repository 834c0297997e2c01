/** The debugger's port of this process. The host says when to open it: at a time, a port belongs to one process. */
import { realpathSync } from 'node:fs'
import * as inspector from 'node:inspector'
import { type ModuleSource, registerHooks } from 'node:module'
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
    const target = urlOf(path)
    const hooks = registerHooks({
      load(url, context, next) {
        const loaded = next(url, context)
        if (url !== target) return loaded
        hooks.deregister()
        if (loaded.format === 'module') return { ...loaded, source: withPause(loaded.source) }
        pauseAtFirstLine(target)
        return loaded
      },
    })
  }
}

/** A breakpoint would slide over the imports into the first function. */
function withPause(source: ModuleSource | undefined): string {
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
  return text.replace(/^(#!.*\n)?/, '$1debugger;')
}

/** A statement in the file would take the meaning from a `use strict` behind it. */
function pauseAtFirstLine(url: string): void {
  const session = new inspector.Session()
  session.connect()
  session.once('Debugger.paused', () => session.disconnect())
  session.post('Debugger.enable')
  session.post('Debugger.setBreakpointByUrl', { lineNumber: 0, url })
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
