/** `aloft storage check`: whether all blobs can be read as they were written. */
import { UserError } from '@aloft/kernel'
import { renderLines } from '../text-table.ts'
import { withStorage } from './data.ts'
import { formatBytes } from './sizes.ts'
import type { DataCall } from './storage-call.ts'

export async function check(call: DataCall): Promise<void> {
  const { options, context } = call
  const report = await withStorage(call, (storage) =>
    storage.blobs.check({ damaged: options.repair ? 'remove' : 'report' }),
  )
  const { checked, bytes, damages, removed } = report
  if (options.json) context.terminal.write(`${JSON.stringify(report, null, 2)}\n`)
  else {
    context.terminal.write(`${checked} blobs, ${formatBytes(bytes)}: `)
    context.terminal.write(
      damages.length === 0 ? 'all are as they were written.\n' : `${damages.length} damaged.\n`,
    )
    if (damages.length > 0) {
      const titles = ['ACCOUNT', 'BLOB', 'WHICH', 'PROBLEM']
      const rows = damages.map(({ account, container, blob, kind, problem }) => [
        account,
        `${container}/${blob}`,
        kind,
        problem,
      ])
      context.terminal.write(`${renderLines({ titles, rows }).join('\n')}\n`)
    }
    if (removed > 0) context.terminal.write(`${removed} deleted.\n`)
  }
  if (damages.length > removed)
    throw new UserError(`${damages.length} blobs are damaged`, {
      hint: "'aloft storage check --repair' deletes them, so that nobody reads wrong bytes.",
    })
}
