/**
 * `./aloft bench storage-large`: how fast one long blob goes up in blocks and down again, and what the host holds of
 * it. Fails when the host grows too much, or other bytes come back.
 */
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { Flags } from './harness/flags.ts'
import { type TransferRun, transferBlob } from './harness/large-blobs.ts'
import { growthOf } from './harness/memory-watch.ts'
import { writeResults } from './harness/results.ts'
import { account, accountKey } from './harness/storage-lean-client.ts'
import { startStorageServer } from './harness/storage-servers.ts'
import { formatMebibytes, formatNumber, renderTable } from './harness/tables.ts'

const usage = `usage: ./aloft bench storage-large [options]
  --megabytes N      length of the blob in MiB (default 5120)`

const mebibyte = 2 ** 20
/** More is held, not streamed. */
const mostGrowthBytes = 80 * mebibyte
/** So that what a fresh process needs is not taken for growth. */
const firstBytes = 256 * mebibyte

const flags = new Flags(usage, { megabytes: '5120' })
const bytes = Math.ceil(flags.number('megabytes')) * mebibyte
const { bavail, bsize } = statfsSync(tmpdir())
if (bavail * bsize < bytes + 2 ** 30) {
  console.error(`${tmpdir()} has no room for a blob of ${formatMebibytes(bytes)} MiB`)
  process.exit(2)
}

await using stack = new AsyncDisposableStack()
const server = await startStorageServer('aloft', stack)
const url = `http://127.0.0.1:${server.ports.blob}/${account}/large`
await new ContainerClient(url, new StorageSharedKeyCredential(account, accountKey)).create()
const first = await transferBlob(server, 'first', firstBytes)
const long = await transferBlob(server, 'long', bytes)

const row = (name: string, { bytes, durationMs, memory, cpuMs }: TransferRun) => [
  `${formatMebibytes(bytes)} MiB ${name}`,
  formatNumber(bytes / 1e6 / (durationMs / 1000)),
  formatNumber(cpuMs / (bytes / 1e9)),
  formatMebibytes(memory.most),
  formatMebibytes(growthOf(memory)),
]
const report = `A block blob goes up from a stream in blocks of 8 MiB, four at once, and comes down in one response, with the
official SDK in a process of its own; each byte is compared. CPU and resident memory are the host's: growth is the most
during the transfer, less that before it.

${renderTable(
  ['transfer', 'MB/s', 'CPU ms per GB', 'most memory, MiB', 'growth, MiB'],
  [row('up', first.up), row('down', first.down), row('up', long.up), row('down', long.down)],
)}`
console.log(report)
if (flags.isWriting) writeResults('Storage, one large blob', report)
for (const [name, { memory }] of Object.entries(long))
  if (growthOf(memory) > mostGrowthBytes) {
    console.error(`fault: ${name}: the host grew by ${formatMebibytes(growthOf(memory))} MiB`)
    process.exitCode = 1
  }
