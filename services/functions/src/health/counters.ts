/**
 * What an app and its host use of things that can run out. Azure's sandbox counts connections, threads, processes and
 * the like; here it is memory, threads, open files and the time of the event loop. Only Linux tells of all of them.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Clock } from '@aloft/kernel'
import { memoryLimit, systemReadings } from '../scale/index.ts'

export interface Counter {
  readonly name: 'Memory' | 'Threads' | 'Processes' | 'OpenFiles' | 'EventLoop'
  /** Bytes, a number of things, or milliseconds of lag. */
  readonly value: number
  /** Undefined = there is none, and it is only shown. */
  readonly limit: number | undefined
}

/** An event loop that is so late is of no use to anybody. */
const lagLimitMs = 5000
const lagSampleMs = 10
/** Odd, so that there is one in the middle. */
const lagSamples = 5

/** The counters of this process and of an app's workers with their children. */
export async function readCounters(clock: Clock, workerProcessIds: readonly number[]): Promise<Counter[]> {
  const { ownResidentBytes, residentBytes } = systemReadings
  const workerBytes = residentBytes(workerProcessIds) ?? 0
  const counters: Counter[] = [
    { name: 'Memory', value: ownResidentBytes() + workerBytes, limit: memoryLimit() },
    { name: 'EventLoop', value: await eventLoopLagMs(clock), limit: lagLimitMs },
  ]
  return process.platform === 'linux' ? [...counters, ...linuxCounters(workerProcessIds)] : counters
}

function linuxCounters(workerProcessIds: readonly number[]): Counter[] {
  const workers = workerProcessIds.flatMap(withChildren)
  const tree = [process.pid, ...workers]
  const threads = tree.reduce(
    (sum, id) => sum + numberIn(readText(`/proc/${id}/status`), /^Threads:\s+(\d+)/m),
    0,
  )
  const mostThreads = lowest(
    taskLimitOfContainer(),
    softLimit(readText('/proc/self/limits'), 'Max processes'),
  )
  return [
    { name: 'Processes', value: tree.length, limit: undefined },
    { name: 'Threads', value: threads, limit: mostThreads },
    openFiles(workers),
  ]
}

/** Of the worker that is nearest to its limit. A new one begins without them; those of the host stay open anyway. */
function openFiles(workers: readonly number[]): Counter {
  let worst: Counter = { name: 'OpenFiles', value: 0, limit: undefined }
  for (const id of workers) {
    const value = countEntries(`/proc/${id}/fd`)
    const limit = softLimit(readText(`/proc/${id}/limits`), 'Max open files')
    if (
      value / (limit ?? Number.POSITIVE_INFINITY) >=
      worst.value / (worst.limit ?? Number.POSITIVE_INFINITY)
    )
      worst = { name: 'OpenFiles', value, limit }
  }
  return worst
}

function withChildren(id: number): number[] {
  const children = [...readText(`/proc/${id}/task/${id}/children`).matchAll(/\d+/g)]
  return [id, ...children.flatMap(([child]) => withChildren(Number(child)))]
}

/** The first number of a line of `/proc/PID/limits`; undefined = unlimited. */
export function softLimit(limits: string, name: string): number | undefined {
  const value = new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(limits)?.[1]
  return value === undefined ? undefined : Number(value)
}

/** How many threads the control group may have. */
function taskLimitOfContainer(): number | undefined {
  const path = /^0::(\/.*)$/m.exec(readText('/proc/self/cgroup'))?.[1]
  const text = readText(`/sys/fs/cgroup${path === '/' || path === undefined ? '' : path}/pids.max`).trim()
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** The middle one of several samples: a single long turn, or a machine that slept, is no sickness. */
async function eventLoopLagMs(clock: Clock): Promise<number> {
  const lags: number[] = []
  while (lags.length < lagSamples) {
    const startedAt = clock.elapsed()
    await clock.sleep(lagSampleMs)
    lags.push(Math.max(0, clock.elapsed() - startedAt - lagSampleMs))
  }
  return Math.round(lags.toSorted((one, other) => one - other)[(lagSamples - 1) / 2]!)
}

function lowest(...limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0)
}

function countEntries(folder: string): number {
  try {
    return readdirSync(folder).length
  } catch {
    // The process has ended.
    return 0
  }
}

/** These files are made as they are read. `''` for one that is not there, as those of a process that has ended. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
