/** The process of a custom handler, and whatever it starts in its turn (`npm run start`, a shell script). */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '@aloft/kernel'
import type { CustomCommand } from './custom-command.ts'
import { readLines } from './lines.ts'

/** How a process ended. `error`: it could not be started at all. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
  readonly error: NodeJS.ErrnoException | undefined
}

/** What has left the group may hold the output open; its lines are not waited for longer than this. */
const lastOutputMs = 1000

/** Windows has no groups: what a handler starts there is its own matter. */
const hasGroups = process.platform !== 'win32'

export class CustomProcess {
  /** Resolves, after the last line of output, when the process has ended. */
  readonly ended: Promise<ProcessEnd>
  readonly #child: ChildProcess

  constructor(
    command: CustomCommand,
    clock: Clock,
    onLine: (stream: 'stdout' | 'stderr', line: string) => void,
  ) {
    const child = spawn(command.file, command.arguments, {
      cwd: command.directory,
      env: command.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what the handler starts can be ended with it.
      detached: hasGroups,
    })
    this.#child = child
    const guard = child.pid !== undefined && hasGroups ? guardGroup(child.pid) : undefined
    readLines(child.stdout, (line) => onLine('stdout', line))
    readLines(child.stderr, (line) => onLine('stderr', line))
    this.ended = new Promise<ProcessEnd>((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, error }))
      child.once('close', (code, signal) => resolve({ code, signal, error: undefined }))
      child.once('exit', (code, signal) => {
        guard?.kill('SIGKILL')
        this.signal('SIGKILL')
        clock.after(lastOutputMs, () => resolve({ code, signal, error: undefined })).unref()
      })
    })
  }

  /** 0 when it could not be started. */
  get id(): number {
    return this.#child.pid ?? 0
  }

  /** Sends a signal to the process and to all that it has started. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(hasGroups ? -pid : pid, name)
    } catch {
      // Nothing of the group is left.
    }
  }
}

/** A process that ends the group when the host has gone without doing so: then its end of their pipe closes. */
function guardGroup(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -KILL "-$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Without a shell the handler is as safe as others' child processes.
  guard.on('error', () => {})
  return guard
}
