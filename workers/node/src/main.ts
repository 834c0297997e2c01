/**
 * The process in which user code runs. The host starts it with the arguments of every language worker and a
 * Unix socket as file descriptor 3; the messages are those of `@aloft/wire`.
 */
import { FrameReader, FrameWriter } from '@aloft/wire'
import { ensureError } from './errors.ts'
import { openHostChannel } from './lent/host-channel.ts'
import type { LentConnections } from './lent/lent-connections.ts'
import { installLibraryTransforms } from './library-source.ts'
import { systemLog } from './log.ts'
import { HostPipe } from './pipe.ts'
import { createHandlers } from './worker.ts'
import { createWorkerState } from './worker-state.ts'

const pipeFd = 3
const workerId = /--workerId (\S+)/.exec(process.argv.join(' '))?.[1] ?? 'unknown'

/** Parts of the worker's speed that can be switched off when in doubt: `library`, `web`, `lent`. */
const plain = new Set(process.env.ALOFT_WORKER_PLAIN?.split(','))

let isExiting = false
let lent: LentConnections | undefined
const pipe = new HostPipe(pipeFd, {
  data: (chunk) => reader.push(chunk),
  // Without a host nobody would stop this process.
  close: () => process.exit(1),
})
const writer = new FrameWriter(pipe, (flush) => (isExiting ? flush() : setImmediate(flush)))
const worker = createWorkerState(workerId, writer)
const reader = new FrameReader(createHandlers(worker))

installLibraryTransforms(
  { relevel: !plain.has('library'), lightWeb: !plain.has('web') },
  (filename) => filename === worker.app.currentEntryPoint,
)

process.on('uncaughtException', (thrown) => {
  const error = ensureError(thrown)
  const learnMore = error.isAzureFunctionsSystemError
    ? ''
    : ' (learn more: https://go.microsoft.com/fwlink/?linkid=2097909 )'
  systemLog(worker, 'error', `Worker uncaught exception${learnMore}: ${error.stack || String(thrown)}`)
  process.exit(1)
})
// Ctrl+C reaches the whole process group; it is the host that ends its workers, after what is running.
process.on('SIGINT', () => {})
// The event loop has ended: what user code still logs in its own listeners is written at once.
process.on('exit', () => {
  isExiting = true
  lent?.finish()
  writer.flush()
  pipe.writeRest()
})

if (process.send && !plain.has('lent'))
  openHostChannel(worker, pipe, (connections) => {
    lent = connections
  })
writer.send('started', { workerId })
