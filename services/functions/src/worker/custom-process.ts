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

/** Processes that must not outlive the host, even one that ends without closing its apps. */
const running = new Set<CustomProcess>()

function killAll(): void {
  for (const handler of running) handler.signal('SIGKILL')
}

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
      detached: process.platform !== 'win32',
    })
    this.#child = child
    readLines(child.stdout, (line) => onLine('stdout', line))
    readLines(child.stderr, (line) => onLine('stderr', line))
    if (running.size === 0) process.on('exit', killAll)
    running.add(this)
    this.ended = new Promise<ProcessEnd>((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, error }))
      child.once('close', (code, signal) => resolve({ code, signal, error: undefined }))
      child.once('exit', (code, signal) => {
        this.signal('SIGKILL')
        clock.after(lastOutputMs, () => resolve({ code, signal, error: undefined })).unref()
      })
    })
    void this.ended.then(() => {
      running.delete(this)
      if (running.size === 0) process.off('exit', killAll)
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
      process.kill(process.platform === 'win32' ? pid : -pid, name)
    } catch {
      // Nothing of the group is left.
    }
  }
}
