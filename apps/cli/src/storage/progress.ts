/** How far a transfer is, in one line that is written over; silent where nobody watches. */
import type { CommandContext } from '../terminal.ts'
import { formatBytes } from './sizes.ts'

const redrawMs = 100
const barWidth = 24

export interface Progress {
  /** Bytes so far. */
  update(bytes: number): void
  /** Takes the line away. */
  end(): void
}

/** @param total bytes; undefined when it is not known */
export function showProgress(
  label: string,
  total: number | undefined,
  { terminal, clock }: Pick<CommandContext, 'terminal' | 'clock'>,
): Progress {
  if (!terminal.isInteractive) return { update: () => {}, end: () => {} }
  const start = clock.elapsed()
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    update(bytes) {
      const now = clock.elapsed()
      if (now - drawnAt < redrawMs) return
      drawnAt = now
      terminal.writeError(`\r${renderProgress(label, bytes, total, now - start)}\u001b[K`)
    },
    end: () => terminal.writeError('\r\u001b[K'),
  }
}

/** E.g. `report.csv  [######      ]  25 %  1.0 MiB of 4.0 MiB  12 MiB/s`. */
export function renderProgress(
  label: string,
  bytes: number,
  total: number | undefined,
  elapsedMs: number,
): string {
  const rate = elapsedMs > 0 ? `  ${formatBytes((bytes * 1000) / elapsedMs)}/s` : ''
  if (total === undefined) return `${label}  ${formatBytes(bytes)}${rate}`
  const share = total === 0 ? 1 : Math.min(1, bytes / total)
  const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth)
  return `${label}  [${bar}]  ${Math.floor(share * 100)} %  ${formatBytes(bytes)} of ${formatBytes(total)}${rate}`
}
