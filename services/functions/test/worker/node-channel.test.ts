/** The host's end of a Node worker, with processes that do not do what workers do. */
import assert from 'node:assert/strict'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import type { AppConfiguration } from '../../src/contracts.ts'
import { NodeChannel } from '../../src/worker/node-channel.ts'

const directory = await realpath(await mkdtemp(join(tmpdir(), 'aloft-channel-')))
after(() => rm(directory, { recursive: true }))
// The channel reads nothing else of an app.
const app = { context: { rootDirectory: directory }, workerEnvironment: {} } as AppConfiguration

interface Fixture extends AsyncDisposable {
  readonly channel: NodeChannel
  readonly clock: VirtualClock
  readonly exits: (readonly [code: number | null, signal: string | null])[]
  readonly lines: string[]
  /** Resolves with the first line that the process writes. */
  readonly firstLine: Promise<string>
}

let count = 0

/** Starts `code` as the worker. */
async function start(code: string, more: { directory?: string } = {}): Promise<Fixture> {
  const workerFile = join(directory, `worker-${++count}.mjs`)
  await writeFile(workerFile, code)
  const clock = new VirtualClock()
  const exits: [number | null, string | null][] = []
  const lines: string[] = []
  const firstLine = Promise.withResolvers<string>()
  const options = {
    workerFile,
    workerId: 'w',
    executable: undefined,
    nodeArguments: [],
    environment: {},
    directory,
    grpcPort: 0,
    ...more,
  }
  const channel = new NodeChannel(options, clock, {
    log: () => {},
    lentRun: () => ({ end() {} }),
    lentRan() {},
    console(_, line) {
      lines.push(line)
      firstLine.resolve(line)
    },
    exit: (code, signal) => void exits.push([code, signal]),
  })
  return {
    channel,
    clock,
    exits,
    lines,
    firstLine: firstLine.promise,
    async [Symbol.asyncDispose]() {
      channel.kill('the test is over')
      await channel.terminate(0)
    },
  }
}

const idle = "console.log('up'); setInterval(() => {}, 1000)"

test('a worker that does not load the app in two minutes is killed', async () => {
  await using started = await start(idle)
  const { channel, clock, exits } = started
  const failed = assert.rejects(channel.initialize(app), /did not load the app within 120 s/)
  await clock.advance(120_000)
  await failed
  await channel.terminate(0)
  assert.deepEqual(exits, [[null, 'SIGKILL']])
})

test('what a worker had in hand fails when it ends, and so does what comes later', async () => {
  await using started = await start(
    "process.stdin.on('data', () => {}); setTimeout(() => process.exit(9), 50)",
  )
  const { channel, exits } = started
  const message = { invocationId: '1', functionId: 'f', inputData: [] }
  const input = { data: {}, reason: '' }
  const inHand = channel.invoke(message, input)
  assert.equal(channel.outstanding, 1)
  const lost = { name: 'WorkerLost', message: `The worker process ${channel.processId} exited with code 9` }
  await assert.rejects(inHand, lost)
  await assert.rejects(channel.invoke(message, input), lost)
  await assert.rejects(channel.load([]), lost)
  await assert.rejects(channel.ping(), lost)
  assert.deepEqual([channel.outstanding, exits], [0, [[9, null]]])
})

test('a worker that does not answer a ping in ten seconds is not healthy', async () => {
  await using started = await start(idle)
  const { channel, clock } = started
  const failed = assert.rejects(channel.ping(), /did not answer within 10 s/)
  await clock.advance(10_000)
  await failed
})

test('a worker that does not end when it is asked to is killed', async () => {
  await using started = await start(idle)
  const { channel, clock, exits, firstLine } = started
  assert.equal(await firstLine, 'up')
  const ended = channel.terminate(5000)
  await clock.advance(4999)
  assert.deepEqual(exits, [])
  await clock.advance(1)
  await ended
  assert.deepEqual(exits, [[null, 'SIGKILL']])
})

test('a process that cannot be started is a worker that is lost', async () => {
  await using started = await start(idle, { directory: join(directory, 'gone') })
  const { channel, exits } = started
  await assert.rejects(channel.initialize(app), { name: 'WorkerLost', message: /ENOENT/ })
  assert.equal(exits.length, 1)
})

test('the last lines of a process come before its end', async () => {
  await using started = await start("console.log('one'); process.stderr.write('two')")
  const { channel, lines, exits } = started
  await assert.rejects(channel.initialize(app))
  assert.deepEqual([lines.sort(), exits], [['one', 'two'], [[0, null]]])
})
