import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { QueueClient } from '@azure/storage-queue'
import { crashRounds } from '../killed-child.ts'
import { once as oneTry, queueCredential } from '../protocol/sdk-clients.ts'

/** What clients were told. Messages are named by their text. */
interface Witness {
  /** Sending was answered. */
  readonly sent: Set<string>
  /** Deleting was begun: from then on it may be gone. */
  readonly deleting: Set<string>
  /** Deleting was answered. */
  readonly deleted: Set<string>
}

test(`what was acknowledged is still so after ${crashRounds} kills`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-queue-crash-'))
  const witness: Witness = { sent: new Set(), deleting: new Set(), deleted: new Set() }
  for (let round = 0; round < crashRounds; round++) {
    const { child, exited, queue } = await serve(directory)
    await queue.createIfNotExists()
    const enough = 40 * (round + 1)
    const clients = [0, 1, 2].map((client) => produce(queue, `${round}-${client}`, witness))
    clients.push(consume(queue, witness))
    void until(() => witness.sent.size > enough && witness.deleted.size > enough / 8).then(() =>
      child.kill('SIGKILL'),
    )
    await Promise.allSettled(clients)
    await exited
  }
  const { child, queue } = await serve(directory)
  const found = await drain(queue)
  child.kill('SIGKILL')
  await rm(directory, { recursive: true })
  const lost = [...witness.sent].filter((text) => !witness.deleting.has(text) && !found.has(text))
  const revived = [...witness.deleted].filter((text) => found.has(text))
  assert.deepEqual({ lost, revived }, { lost: [], revived: [] })
  assert.ok(found.size > 0 && witness.deleted.size > 0)
})

interface Server {
  readonly child: ChildProcess
  readonly exited: Promise<unknown>
  readonly queue: QueueClient
}

async function serve(directory: string): Promise<Server> {
  const script = join(import.meta.dirname, 'crash-child.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const url = `http://127.0.0.1:${line.replace('port ', '')}/devstoreaccount1/crash`
    return { child, exited, queue: new QueueClient(url, queueCredential, oneTry) }
  }
  throw new Error('The child did not start')
}

/** Both go on until the server is gone. */
async function produce(queue: QueueClient, name: string, { sent }: Witness): Promise<never> {
  for (let number = 0; ; number++) {
    const text = `${name}-${number}`
    await queue.sendMessage(text, { messageTimeToLive: -1 })
    sent.add(text)
  }
}

async function consume(queue: QueueClient, { deleting, deleted }: Witness): Promise<never> {
  for (;;) {
    // Hidden for a second only, so that what is left comes back soon.
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: 4,
      visibilityTimeout: 1,
    })
    for (const { messageId, popReceipt, messageText } of receivedMessageItems.slice(1)) {
      deleting.add(messageText)
      await queue.deleteMessage(messageId, popReceipt)
      deleted.add(messageText)
    }
  }
}

/** All that there is, hidden or not. */
async function drain(queue: QueueClient): Promise<Set<string>> {
  const { approximateMessagesCount = 0 } = await queue.getProperties()
  const found = new Set<string>()
  while (found.size < approximateMessagesCount) {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: 32,
      visibilityTimeout: 600,
    })
    for (const { messageText } of receivedMessageItems) found.add(messageText)
  }
  return found
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
