/** Messages through the official SDK, on a clock that the tests turn. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { QueueClient, type QueueGetPropertiesResponse, RestError } from '@azure/storage-queue'
import { once, queueCredential } from '../protocol/sdk-clients.ts'
import { openQueueServer } from './queue-server.ts'

const server = await openQueueServer()
after(() => server.close())
const { client, clock } = server
const week = 604_800
let count = 0

async function newQueue(): Promise<QueueClient> {
  const queue = client.getQueueClient(`queue-${++count}`)
  await queue.create()
  return queue
}

function refused(statusCode: number, code: string, details: Record<string, string> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof RestError)
    assert.deepEqual([error.statusCode, error.code], [statusCode, code])
    const body = error.response?.bodyAsText ?? ''
    for (const [name, value] of Object.entries(details))
      assert.ok(body.includes(`<${name}>${value}</${name}>`), body)
    return true
  }
}

async function receiveOne(queue: QueueClient, visibilityTimeout = 30) {
  const { receivedMessageItems } = await queue.receiveMessages({ visibilityTimeout })
  const [message] = receivedMessageItems
  assert.ok(message)
  return message
}

/** What is less than a second is not told. */
function second(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000)
}

test('a message goes from sender to receiver and is deleted', async () => {
  const queue = await newQueue()
  const sent = await queue.sendMessage('hello')
  assert.equal(sent._response.status, 201)
  assert.deepEqual(
    [sent.insertedOn, sent.expiresOn, sent.nextVisibleOn],
    [second(clock.now()), second(clock.now() + week * 1000), second(clock.now())],
  )
  const peeked = (await queue.peekMessages()).peekedMessageItems[0]
  assert.deepEqual(peeked, {
    messageId: sent.messageId,
    insertedOn: sent.insertedOn,
    expiresOn: sent.expiresOn,
    dequeueCount: 0,
    messageText: 'hello',
  })
  const received = await receiveOne(queue)
  assert.deepEqual(received, {
    ...peeked,
    dequeueCount: 1,
    popReceipt: received.popReceipt,
    nextVisibleOn: second(clock.now() + 30_000),
  })
  assert.equal((await queue.deleteMessage(received.messageId, received.popReceipt))._response.status, 204)
  assert.deepEqual((await queue.receiveMessages()).receivedMessageItems, [])
})

test('any text comes back as it was', async () => {
  const queue = await newQueue()
  for (const text of ['', ' ', '<a>&amp;"\'', 'line\nline', '漢字 ä 𝄞 \u{1F600}', ']]>', '{"a":[1]}']) {
    await queue.sendMessage(text)
    const { messageText, messageId, popReceipt } = await receiveOne(queue)
    assert.equal(messageText, text)
    await queue.deleteMessage(messageId, popReceipt)
  }
})

test('up to 32 messages come at once, in order, each with a receipt of its own', async () => {
  const queue = await newQueue()
  for (let index = 0; index < 34; index++) await queue.sendMessage(String(index))
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 })
  assert.deepEqual(
    receivedMessageItems.map(({ messageText }) => messageText),
    Array.from({ length: 32 }, (_, index) => String(index)),
  )
  assert.equal(new Set(receivedMessageItems.map(({ popReceipt }) => popReceipt)).size, 32)
  assert.equal((await queue.peekMessages({ numberOfMessages: 32 })).peekedMessageItems.length, 2)
})

test('a message comes back when its time is over, and the old receipt is void once it was taken', async () => {
  const queue = await newQueue()
  await queue.sendMessage('x')
  const first = await receiveOne(queue, 10)
  assert.deepEqual((await queue.receiveMessages()).receivedMessageItems, [])
  await clock.advance(10_000)
  const again = await receiveOne(queue, 10)
  assert.equal(again.dequeueCount, 2)
  await assert.rejects(
    queue.deleteMessage(first.messageId, first.popReceipt),
    refused(400, 'PopReceiptMismatch'),
  )
  await clock.advance(60_000)
  await queue.deleteMessage(again.messageId, again.popReceipt)
})

test('a delayed message is hidden until its time', async () => {
  const queue = await newQueue()
  const { nextVisibleOn } = await queue.sendMessage('later', { visibilityTimeout: 60 })
  assert.deepEqual(nextVisibleOn, second(clock.now() + 60_000))
  assert.deepEqual((await queue.peekMessages()).peekedMessageItems, [])
  await clock.advance(60_000)
  assert.equal((await receiveOne(queue)).messageText, 'later')
})

test('an update changes the text and the time, and gives a new receipt', async () => {
  const queue = await newQueue()
  const sent = await queue.sendMessage('one')
  const updated = await queue.updateMessage(sent.messageId, sent.popReceipt, 'two', 20)
  assert.equal(updated._response.status, 204)
  assert.deepEqual(updated.nextVisibleOn, second(clock.now() + 20_000))
  assert.notEqual(updated.popReceipt, sent.popReceipt)
  await assert.rejects(
    queue.updateMessage(sent.messageId, sent.popReceipt, 'three', 0),
    refused(400, 'PopReceiptMismatch'),
  )
  await queue.updateMessage(sent.messageId, updated.popReceipt!, undefined, 0)
  assert.equal((await receiveOne(queue)).messageText, 'two')
})

test('an update to an empty text empties it', async () => {
  const queue = await newQueue()
  const { messageId, popReceipt } = await queue.sendMessage('one')
  await queue.updateMessage(messageId, popReceipt, '', 0)
  assert.equal((await receiveOne(queue)).messageText, '')
})

test('an expired message is gone for everybody', async () => {
  const queue = await newQueue()
  await queue.sendMessage('short', { messageTimeToLive: 5 })
  const received = await receiveOne(queue, 1)
  await clock.advance(5000)
  assert.deepEqual((await queue.peekMessages()).peekedMessageItems, [])
  assert.deepEqual((await queue.receiveMessages()).receivedMessageItems, [])
  const { messageId, popReceipt } = received
  await assert.rejects(queue.updateMessage(messageId, popReceipt, 'x', 0), refused(404, 'MessageNotFound'))
  await assert.rejects(queue.deleteMessage(messageId, popReceipt), refused(404, 'MessageNotFound'))
})

test('a time to live of -1, or beyond the calendar, has no end', async () => {
  const queue = await newQueue()
  for (const messageTimeToLive of [-1, Number.MAX_SAFE_INTEGER]) {
    const { expiresOn } = await queue.sendMessage('x', { messageTimeToLive })
    assert.deepEqual(expiresOn, new Date('9999-12-31T23:59:59Z'))
  }
})

test('clear takes all messages', async () => {
  const queue = await newQueue()
  for (const text of ['a', 'b']) await queue.sendMessage(text)
  await receiveOne(queue)
  assert.equal((await queue.clearMessages())._response.status, 204)
  const { approximateMessagesCount }: QueueGetPropertiesResponse = await queue.getProperties()
  assert.equal(approximateMessagesCount, 0)
})

test('64 KiB as they are sent are the limit', async () => {
  const queue = await newQueue()
  const { messageId, popReceipt } = await queue.sendMessage('a'.repeat(65_536))
  const tooLarge = refused(413, 'RequestBodyTooLarge', { MaxLimit: '65536' })
  await assert.rejects(queue.sendMessage('a'.repeat(65_537)), tooLarge)
  await assert.rejects(queue.updateMessage(messageId, popReceipt, 'ä'.repeat(32_769), 0), tooLarge)
  assert.equal((await receiveOne(queue)).messageText.length, 65_536)
})

test('numbers out of range are refused, with the range', async () => {
  const queue = await newQueue()
  const outOfRange = (name: string, value: number, minimum: number, maximum: number) =>
    refused(400, 'OutOfRangeQueryParameterValue', {
      QueryParameterName: name,
      QueryParameterValue: String(value),
      MinimumAllowed: String(minimum),
      MaximumAllowed: String(maximum),
    })
  for (const numberOfMessages of [0, 33]) {
    const expected = outOfRange('numofmessages', numberOfMessages, 1, 32)
    await assert.rejects(queue.receiveMessages({ numberOfMessages }), expected)
    await assert.rejects(queue.peekMessages({ numberOfMessages }), expected)
  }
  for (const visibilityTimeout of [0, week + 1])
    await assert.rejects(
      queue.receiveMessages({ visibilityTimeout }),
      outOfRange('visibilitytimeout', visibilityTimeout, 1, week),
    )
  const { messageId, popReceipt } = await queue.sendMessage('x')
  for (const visibilityTimeout of [-1, week + 1]) {
    const expected = outOfRange('visibilitytimeout', visibilityTimeout, 0, week)
    await assert.rejects(queue.sendMessage('x', { visibilityTimeout }), expected)
    await assert.rejects(queue.updateMessage(messageId, popReceipt, 'x', visibilityTimeout), expected)
  }
})

test('a time to live that ends before the message is visible is refused', async () => {
  const queue = await newQueue()
  const tooShort = refused(400, 'InvalidQueryParameterValue', {
    Reason: 'messagettl must be greater than visibilitytimeout.',
  })
  await assert.rejects(queue.sendMessage('x', { messageTimeToLive: 30, visibilityTimeout: 30 }), tooShort)
  for (const messageTimeToLive of [0, -2])
    await assert.rejects(
      queue.sendMessage('x', { messageTimeToLive }),
      refused(400, 'InvalidQueryParameterValue', { QueryParameterName: 'messagettl' }),
    )
})

test('what is not there, or not in hand, is told apart', async () => {
  const queue = await newQueue()
  const { messageId, popReceipt } = await queue.sendMessage('a')
  const other = await queue.sendMessage('b')
  await assert.rejects(queue.deleteMessage(messageId, other.popReceipt), refused(400, 'PopReceiptMismatch'))
  await assert.rejects(
    queue.deleteMessage('a5b3c1d2-0000-4000-8000-000000000001', popReceipt),
    refused(404, 'MessageNotFound'),
  )
  await assert.rejects(
    queue.deleteMessage(messageId, 'invalid'),
    refused(400, 'InvalidQueryParameterValue', { QueryParameterName: 'popreceipt' }),
  )
  await queue.deleteMessage(messageId, popReceipt)
  await assert.rejects(queue.deleteMessage(messageId, popReceipt), refused(404, 'MessageNotFound'))
})

test('a queue that is not there has no messages of any kind', async () => {
  const queue = client.getQueueClient('not-there')
  const missing = refused(404, 'QueueNotFound')
  const { messageId, popReceipt } = await (await newQueue()).sendMessage('x')
  await assert.rejects(queue.sendMessage('x'), missing)
  await assert.rejects(queue.receiveMessages(), missing)
  await assert.rejects(queue.peekMessages(), missing)
  await assert.rejects(queue.clearMessages(), missing)
  await assert.rejects(queue.deleteMessage(messageId, popReceipt), missing)
  await assert.rejects(queue.updateMessage(messageId, popReceipt, 'x', 0), missing)
})

test('bodies, verbs and paths that mean nothing are refused', async () => {
  const queue = await newQueue()
  // The signature is the SDK's; only what is signed is not of its making.
  const request = async (method: 'POST' | 'PUT' | 'DELETE' | 'PATCH', path: string, body?: string) => {
    const { QueueSASPermissions } = await import('@azure/storage-queue')
    const sas = await queue.generateSasUrl({
      permissions: QueueSASPermissions.parse('raup'),
      expiresOn: new Date(clock.now() + 3_600_000),
    })
    const url = new URL(sas)
    url.pathname += path
    const response = await fetch(url, { method, ...(body !== undefined && { body }) })
    return [response.status, response.headers.get('x-ms-error-code')]
  }
  assert.deepEqual(await request('POST', '/messages', 'x'), [400, 'InvalidXmlDocument'])
  assert.deepEqual(await request('POST', '/messages', '<QueueMessage/>'), [400, 'InvalidXmlDocument'])
  assert.deepEqual(await request('POST', '/messages', ''), [400, 'InvalidXmlDocument'])
  assert.deepEqual(await request('PATCH', '/messages'), [405, 'UnsupportedHttpVerb'])
  assert.deepEqual(await request('DELETE', '/messages/x'), [400, 'MissingRequiredQueryParameter'])
  assert.deepEqual(await request('DELETE', '/other'), [404, 'ResourceNotFound'])
})

test('a signature for one queue allows what it says, there', async () => {
  const { QueueSASPermissions } = await import('@azure/storage-queue')
  const queue = await newQueue()
  const sign = (letters: string) =>
    queue.generateSasUrl({
      permissions: QueueSASPermissions.parse(letters),
      expiresOn: new Date(clock.now() + 3_600_000),
    })
  const [adder, reader, processor] = await Promise.all(
    ['a', 'r', 'p'].map(async (letters) => new QueueClient(await sign(letters), undefined, once)),
  )
  await adder!.sendMessage('x')
  const forbidden = refused(403, 'AuthorizationPermissionMismatch')
  await assert.rejects(adder!.peekMessages(), forbidden)
  assert.equal((await reader!.peekMessages()).peekedMessageItems.length, 1)
  await assert.rejects(reader!.receiveMessages(), forbidden)
  const { messageId, popReceipt } = await receiveOne(processor!)
  await processor!.deleteMessage(messageId, popReceipt)
  await assert.rejects(processor!.clearMessages(), refused(403, 'AuthorizationFailure'))
  assert.equal(
    (await new QueueClient(`${server.url}/${queue.name}`, queueCredential, once).getProperties())
      .approximateMessagesCount,
    0,
  )
})
