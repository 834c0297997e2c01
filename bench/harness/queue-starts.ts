/** Puts messages into a queue at a steady rate, and learns from the app when the function started for each of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type QueuePutter, queuePutter } from './queue-putter.ts'
import { freePort, type ServerProcess, startServer } from './server-process.ts'
import { root, triggerApp } from './servers.ts'
import { leanSender } from './storage-lean-client.ts'

/** `aloft start` on an app with a queue trigger, and a client that puts messages into its queue. */
export interface TriggerApp {
  readonly process: ServerProcess
  readonly putter: QueuePutter
}

export interface StartsRun {
  readonly perSecond: number
  readonly sent: number
  readonly seconds: number
  /** Of each put: milliseconds until it was answered. */
  readonly putsMs: readonly number[]
  /** Of each message: milliseconds from putting it to the first line of its function. */
  readonly startsMs: readonly number[]
  /** CPU time of the host and of its workers, in milliseconds. */
  readonly hostCpuMs: number
  readonly workerCpuMs: number
}

const startTimeoutMs = 30_000
const drainTimeoutMs = 60_000
const pollMs = 50
/** Nanoseconds of a machine that has been up for thirty years. */
const clockDigits = 18

/** It is ended, and its data removed, with `stack`. */
export async function startTriggerApp(stack: AsyncDisposableStack): Promise<TriggerApp> {
  const data = mkdtempSync(join(tmpdir(), 'aloft-bench-trigger-'))
  stack.defer(() => rmSync(data, { recursive: true, force: true }))
  const ports = { blob: await freePort(), queue: await freePort(), table: await freePort() }
  const command = (port: number) => ({
    file: join(root, 'aloft'),
    args: [
      ...['start', triggerApp, '--port', String(port), '--data', data],
      ...['--storage-ports', `${ports.blob},${ports.queue},${ports.table}`],
    ],
  })
  const process = stack.use(await startServer(command, { path: '/api/delays', timeoutMs: startTimeoutMs }))
  const sender = leanSender({ name: 'aloft', ports }, 1)
  await sender.send('queue', { method: 'PUT', path: '/started', mayExist: true })
  await sender.close()
  const putter = queuePutter(ports.queue, 'started', Buffer.byteLength(newMessage()))
  stack.defer(() => putter.close())
  return { process, putter }
}

/** Puts messages for so long, whether or not the host keeps up, and waits until the function has started for all. */
export async function measureStarts(
  app: TriggerApp,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<StartsRun> {
  const cpuBefore = cpuOf(app)
  const putsMs: number[] = []
  const puts: Promise<void>[] = []
  const put = async () => {
    putsMs.push(await app.putter.put(newMessage))
  }
  const startMs = performance.now()
  const total = perSecond * seconds
  while (puts.length < total) {
    const due = Math.min(total, ((performance.now() - startMs) / 1000) * perSecond)
    while (puts.length < due) puts.push(put())
    await sleep(1)
  }
  await Promise.all(puts)
  const startsMs = await collect(app, total)
  const [host, worker] = cpuOf(app).map((ms, index) => ms - cpuBefore[index]!) as [number, number]
  return { perSecond, sent: total, seconds, putsMs, startsMs, hostCpuMs: host, workerCpuMs: worker }
}

/**
 * As the SDKs send it to a function: base64 of JSON. The time is that of a clock that all processes share. All are of
 * one length.
 */
function newMessage(): string {
  const text = JSON.stringify({ sentAt: String(process.hrtime.bigint()).padStart(clockDigits, '0') })
  const encoded = Buffer.from(text).toString('base64')
  return `<QueueMessage><MessageText>${encoded}</MessageText></QueueMessage>`
}

/** @throws Error when a function does not start for a message, or starts twice */
async function collect({ process: { port } }: TriggerApp, count: number): Promise<number[]> {
  const startsMs: number[] = []
  const endMs = performance.now() + drainTimeoutMs
  while (startsMs.length < count && performance.now() < endMs) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/delays`)
    startsMs.push(...((await answer.json()) as number[]))
    await sleep(pollMs)
  }
  if (startsMs.length !== count)
    throw new Error(`the function started ${startsMs.length} times for ${count} messages`)
  return startsMs
}

function cpuOf(app: TriggerApp): readonly [host: number, workers: number] {
  const [host, ...workers] = app.process.processes()
  return [host?.cpuMs ?? Number.NaN, workers.reduce((sum, { cpuMs }) => sum + cpuMs, 0)]
}
