/** Child processes that must not outlive this one, however it ends. */
import type { ChildProcess } from 'node:child_process'

const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Kills `child` when this process ends before it. */
export function bindToThisProcess(child: ChildProcess): void {
  living.add(child)
  child.once('close', () => living.delete(child))
}
