/**
 * `./aloft bench storage`: Blob, Queue and Table storage beside Azurite and beside a server that stores nothing, in
 * one run, with a lean client and with the official SDKs. All servers stay up and rounds go round robin, so that a
 * slow minute of the machine meets everybody. Azurite writes to disk, as Aloft does.
 */
import { Flags } from './harness/flags.ts'
import { writeResults } from './harness/results.ts'
import { median } from './harness/statistics.ts'
import { leanClient } from './harness/storage-lean-client.ts'
import { measureStorage, type StorageSample } from './harness/storage-load.ts'
import { type StorageClient, storageOperations } from './harness/storage-operations.ts'
import { sdkClient } from './harness/storage-sdk-client.ts'
import { type StorageServer, startStorageServer, storageServerNames } from './harness/storage-servers.ts'
import { formatNumber, formatRatio, renderTable } from './harness/tables.ts'

const usage = `usage: ./aloft bench storage [options]
  --seconds N        of each measurement (default 3)
  --rounds N         the median is quoted (default 3)
  --connections N    requests in flight (default 32)
  --only A,B         only these of aloft, azurite, empty`

const flags = new Flags(usage, { seconds: '3', rounds: '3', connections: '32', only: '' })
const [seconds, rounds, connections] = [
  flags.number('seconds'),
  flags.number('rounds'),
  flags.number('connections'),
]
const only = flags.words('only', ['aloft', 'azurite', 'empty'])
const clients = { lean: leanClient, SDK: sdkClient }
type ClientName = keyof typeof clients

interface Lane {
  readonly server: StorageServer
  readonly clientName: ClientName
  readonly client: StorageClient
}

await using stack = new AsyncDisposableStack()
const lanes: Lane[] = []
for (const name of storageServerNames) {
  if (only.length > 0 && !only.some((word) => name.startsWith(word))) continue
  const server = await startStorageServer(name, stack)
  for (const clientName of Object.keys(clients) as ClientName[]) {
    const client = clients[clientName](server, connections)
    stack.defer(() => client.close())
    await client.setUp()
    lanes.push({ server, clientName, client })
  }
}

const samples = new Map<string, StorageSample[]>()
const keyOf = (serverName: string, clientName: ClientName, operation: string) =>
  `${serverName}\n${clientName}\n${operation}`
for (let round = 0; round <= rounds; round++) {
  for (const operation of storageOperations) {
    for (const { server, clientName, client } of lanes) {
      const isWarmUp = round === 0
      const sample = await measureStorage(server, client.operations[operation], {
        connections,
        seconds: isWarmUp ? 1 : seconds,
      })
      if (isWarmUp) continue
      const key = keyOf(server.name, clientName, operation)
      samples.set(key, [...(samples.get(key) ?? []), sample])
      console.error(
        `round ${round}/${rounds}  ${operation}  ${server.name}, ${clientName}  ${formatNumber(sample.count / sample.seconds)}/s`,
      )
    }
  }
}

const of = (
  serverName: string,
  clientName: ClientName,
  operation: string,
  value: (sample: StorageSample) => number,
) => median((samples.get(keyOf(serverName, clientName, operation)) ?? []).map(value))
const rate = (sample: StorageSample) => sample.count / sample.seconds
const cpu = (sample: StorageSample) => (sample.serverCpuMs * 1000) / sample.count

const cpuTable = renderTable(
  ['server CPU µs/operation (lean client)', ...storageServerNames, 'azurite / aloft', 'aloft / empty'],
  storageOperations.map((operation) => {
    const values = storageServerNames.map((name) => of(name, 'lean', operation, cpu))
    const [own = Number.NaN, peer = Number.NaN, empty = Number.NaN] = values
    return [operation, ...values.map(formatNumber), formatRatio(peer / own), formatRatio(own / empty)]
  }),
)
const rateTables = (Object.keys(clients) as ClientName[]).map((clientName) =>
  renderTable(
    [`operations/s (${clientName} client)`, ...storageServerNames, 'aloft / azurite', 'aloft / empty'],
    storageOperations.map((operation) => {
      const values = storageServerNames.map((name) => of(name, clientName, operation, rate))
      const [own = Number.NaN, peer = Number.NaN, empty = Number.NaN] = values
      return [
        operation,
        ...values.map(formatNumber),
        formatRatio(own / peer),
        `${formatNumber((100 * own) / empty)} %`,
      ]
    }),
  ),
)
const report = [
  `${connections} requests in flight, ${rounds} rounds of ${seconds} s round robin after a warm-up, medians. The empty server`,
  'stores nothing: it shows what the client can do at most. Messages of 1 KiB; the client shares the machine.',
  '',
  cpuTable,
  '',
  rateTables.join('\n\n'),
].join('\n')
console.log(report)
if (flags.isWriting) writeResults('Storage', report)
