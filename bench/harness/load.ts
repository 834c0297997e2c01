/** Puts load on an HTTP server from a process of its own: `wrk` when the machine has it, else the bundled one. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bindToThisProcess } from './child-processes.ts'

export const generators = ['wrk', 'bundled'] as const
export type Generator = (typeof generators)[number]

export interface LoadOptions {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Empty = none. */
  readonly body: string
  /** Kept alive, each with one request at a time. */
  readonly connections: number
  readonly seconds: number
}

export interface LoadReport {
  /** Answered with a status below 400. */
  readonly requests: number
  /** Other answers, lost connections and timeouts. */
  readonly failures: number
  /** Measured, not the wanted ones. */
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of the generator itself. */
  readonly cpuMs: number
}

const run = promisify(execFile)

/** `wrk` when it is on the PATH. */
export function pickGenerator(path = process.env.PATH ?? ''): Generator {
  return path.split(delimiter).some((folder) => isExecutable(join(folder, 'wrk'))) ? 'wrk' : 'bundled'
}

/** Runs the generator to its end. Rejects when it fails or does not print a report. */
export async function generateLoad(generator: Generator, options: LoadOptions): Promise<LoadReport> {
  const [file, args] = generator === 'wrk' ? wrkCommand(options) : bundledCommand(options)
  const running = run(file, args)
  bindToThisProcess(running.child)
  const { stdout } = await running
  const report = /^\{.*\}$/m.exec(stdout)?.[0]
  if (!report) throw new Error(`the load generator ${generator} printed no report:\n${stdout}`)
  return JSON.parse(report)
}

function bundledCommand(options: LoadOptions): [file: string, args: string[]] {
  const main = fileURLToPath(new URL('./load-generator.ts', import.meta.url))
  return [process.execPath, ['--disable-warning=ExperimentalWarning', main, JSON.stringify(options)]]
}

function wrkCommand(options: LoadOptions): [file: string, args: string[]] {
  const script = fileURLToPath(new URL('./wrk.lua', import.meta.url))
  const headers = Object.entries(options.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const shape = [
    '-t1',
    `-c${options.connections}`,
    `-d${Math.max(1, Math.round(options.seconds))}s`,
    '--timeout=10s',
  ]
  return ['wrk', [...shape, '-s', script, ...headers, options.url, '--', options.method, options.body]]
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
