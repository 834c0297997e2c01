/** What the system tells of processes: CPU time and memory. Of others than this one only Linux tells. */
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { residentBytes } from '../metering/process-memory.ts'

export interface ProcessReadings {
  /** CPU time of this process so far, in milliseconds. */
  ownCpuMs(): number
  /** CPU time of another one; undefined = it has ended, or the system does not tell. */
  cpuMs(processId: number): number | undefined
  ownResidentBytes(): number
  /** Of other processes with their children. */
  residentBytes(processIds: readonly number[]): number | undefined
}

/** Linux reports times to programs in hundredths of a second on every architecture (USER_HZ). */
const msPerTick = 10

export const systemReadings: ProcessReadings = {
  ownCpuMs() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  cpuMs(processId) {
    if (process.platform !== 'linux') return undefined
    try {
      return cpuMsOf(readFileSync(`/proc/${processId}/stat`, 'utf8'))
    } catch {
      // It has ended.
      return undefined
    }
  },
  ownResidentBytes: () => process.memoryUsage.rss(),
  residentBytes,
}

/** User and system time in milliseconds from the text of `/proc/PID/stat` (proc_pid_stat(5)). */
export function cpuMsOf(stat: string): number {
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}

/** Bytes that this process and its children may have together. */
export function memoryLimit(): number {
  // That of a container; without one it is 0, or more than the machine has.
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
