/** Resident memory of processes with their children, read from outside: the processes are not disturbed. */
import { readFileSync } from 'node:fs'

/**
 * Bytes of the processes and all that they have started; undefined where the system does not tell: only Linux
 * does. A process that has ended counts nothing. Costs about 50 microseconds a process.
 */
export function residentBytes(processIds: readonly number[]): number | undefined {
  if (process.platform !== 'linux') return undefined
  const pending = [...processIds]
  let kibibytes = 0
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    kibibytes += Number(/^VmRSS:\s+(\d+)/m.exec(readProc(`${id}/status`))?.[1] ?? 0)
    for (const [child] of readProc(`${id}/task/${id}/children`).matchAll(/\d+/g)) pending.push(Number(child))
  }
  return kibibytes * 1024
}

/** These files are made as they are read: nothing waits for a disk. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}
