/** CPU time and memory of processes, read from outside: `/proc` on Linux, `ps` elsewhere. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessFacts {
  readonly pid: number
  readonly parentPid: number
  /** User and system time so far, in milliseconds; Linux counts it in steps of 10. */
  readonly cpuMs: number
  readonly rssBytes: number
}

/** Linux reports times to programs in hundredths of a second on every architecture (USER_HZ). */
const msPerTick = 10

/** The process and all its living descendants, itself first. Empty when there is no such process. */
export function processTree(rootPid: number): readonly ProcessFacts[] {
  const all = process.platform === 'linux' ? readProc() : readPs()
  const tree = all.filter((facts) => facts.pid === rootPid)
  for (const parent of tree) tree.push(...all.filter((facts) => facts.parentPid === parent.pid))
  return tree
}

function readProc(): ProcessFacts[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = parseStat(readFileSync(`/proc/${name}/stat`, 'utf8'))
      const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))
      return [{ pid: Number(name), ...stat, rssBytes: Number(rss?.[1] ?? 0) * 1024 }]
    } catch {
      // It ended while we were reading.
      return []
    }
  })
}

/** The parent and the CPU time from the text of `/proc/PID/stat` (see proc_pid_stat(5)). */
export function parseStat(text: string): { parentPid: number; cpuMs: number } {
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [, parentPid] = fields
  return { parentPid: Number(parentPid), cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick }
}

function readPs(): ProcessFacts[] {
  return parsePs(execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='], { encoding: 'utf8' }))
}

/** The lines of `ps -o pid=,ppid=,rss=,time=`. */
export function parsePs(text: string): ProcessFacts[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [pid, parentPid, rssKiB, time = ''] = line.trim().split(/\s+/)
      return {
        pid: Number(pid),
        parentPid: Number(parentPid),
        rssBytes: Number(rssKiB) * 1024,
        cpuMs: parsePsTime(time),
      }
    })
}

/** `[[days-]hours:]minutes:seconds[.hundredths]` in milliseconds. */
function parsePsTime(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse()
  const seconds = clock.split(':').reduce((total, part) => total * 60 + Number(part), 0)
  return Math.round((Number(days) * 86_400 + seconds) * 1000)
}
