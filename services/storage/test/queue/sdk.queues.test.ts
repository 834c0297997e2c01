/** Queues through the official SDK. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { QueueServiceClient, RestError } from '@azure/storage-queue'
import { once, queueCredential } from '../protocol/sdk-clients.ts'
import { openQueueServer } from './queue-server.ts'

const server = await openQueueServer()
after(() => server.close())
const { client } = server
let count = 0

function newQueue(name = `queue-${++count}`) {
  return client.getQueueClient(name)
}

/** For `assert.rejects`: the answer's status and code. */
function refused(statusCode: number, code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof RestError)
    assert.deepEqual([error.statusCode, error.code], [statusCode, code])
    return true
  }
}

test('a queue is created once, and again with the same metadata', async () => {
  const queue = newQueue()
  const metadata = { Color: 'red' }
  assert.equal((await queue.create({ metadata }))._response.status, 201)
  assert.equal((await queue.create({ metadata }))._response.status, 204)
  await assert.rejects(queue.create(), refused(409, 'QueueAlreadyExists'))
  const { succeeded } = await queue.createIfNotExists()
  assert.equal(succeeded, false)
})

test('every answer names the request, the version and the time', async () => {
  const answer = await newQueue().create()
  assert.match(answer.requestId ?? '', /^[0-9a-f-]{36}$/)
  assert.ok(answer.date instanceof Date)
  assert.match(answer.version ?? '', /^\d{4}-\d\d-\d\d$/)
  const sent = answer._response.request.headers.get('x-ms-client-request-id')
  assert.equal(answer.clientRequestId, sent)
})

test('names that cannot be are refused', async () => {
  for (const [name, code] of [
    ['ab', 'OutOfRangeInput'],
    ['a'.repeat(64), 'OutOfRangeInput'],
    ['Queue', 'InvalidResourceName'],
    ['-queue', 'InvalidResourceName'],
    ['queue-', 'InvalidResourceName'],
    ['que--ue', 'InvalidResourceName'],
    ['que_ue', 'InvalidResourceName'],
  ] as const)
    await assert.rejects(newQueue(name).create(), refused(400, code), name)
  await newQueue('a'.repeat(63)).create()
  await newQueue('a1b').create()
})

test('a queue is deleted with its messages, and free at once', async () => {
  const queue = newQueue()
  await queue.create()
  await queue.sendMessage('x')
  assert.equal((await queue.delete())._response.status, 204)
  await assert.rejects(queue.delete(), refused(404, 'QueueNotFound'))
  assert.equal(await queue.exists(), false)
  await queue.create()
  assert.equal((await queue.getProperties()).approximateMessagesCount, 0)
})

test('metadata keeps the case of its names and is replaced as a whole', async () => {
  const queue = newQueue()
  await queue.create({ metadata: { one: '1' } })
  assert.equal((await queue.setMetadata({ TwoWords: '2' }))._response.status, 204)
  const { metadata, _response } = await queue.getProperties()
  // The SDK lower-cases the names of headers.
  assert.deepEqual(metadata, { twowords: '2' })
  assert.equal(_response.status, 200)
  await queue.setMetadata()
  assert.equal((await queue.getProperties()).metadata, undefined)
  await assert.rejects(newQueue().setMetadata({ a: '1' }), refused(404, 'QueueNotFound'))
  await assert.rejects(newQueue().getProperties(), refused(404, 'QueueNotFound'))
})

test('the approximate count has hidden messages in it', async () => {
  const queue = newQueue()
  await queue.create()
  for (let index = 0; index < 3; index++) await queue.sendMessage('x')
  await queue.receiveMessages()
  assert.equal((await queue.getProperties()).approximateMessagesCount, 3)
})

test('access policies come back as they were set', async () => {
  const queue = newQueue()
  await queue.create()
  assert.deepEqual((await queue.getAccessPolicy()).signedIdentifiers, [])
  const policies = [
    {
      id: 'first',
      accessPolicy: {
        startsOn: new Date('2026-01-01T00:00:00Z'),
        expiresOn: new Date('2030-01-01T00:00:00Z'),
        permissions: 'raup',
      },
    },
    { id: 'second', accessPolicy: { permissions: 'r' } },
  ]
  assert.equal((await queue.setAccessPolicy(policies))._response.status, 204)
  assert.deepEqual((await queue.getAccessPolicy()).signedIdentifiers, policies)
  await queue.setAccessPolicy()
  assert.deepEqual((await queue.getAccessPolicy()).signedIdentifiers, [])
})

test('policies that a queue cannot have are refused', async () => {
  const queue = newQueue()
  await queue.create()
  const policy = (id: string, permissions: string) => ({ id, accessPolicy: { permissions } })
  await assert.rejects(queue.setAccessPolicy([policy('a', 'rwdl')]), refused(400, 'InvalidXmlDocument'))
  const six = Array.from({ length: 6 }, (_, index) => policy(`p${index}`, 'r'))
  await assert.rejects(queue.setAccessPolicy(six), refused(400, 'InvalidXmlDocument'))
  await assert.rejects(newQueue().setAccessPolicy([]), refused(404, 'QueueNotFound'))
  await assert.rejects(newQueue().getAccessPolicy(), refused(404, 'QueueNotFound'))
})

test('queues are listed by prefix and page, with metadata when it is asked for', async () => {
  for (const name of ['list-b', 'list-a', 'list-c']) await newQueue(name).create({ metadata: { is: name } })
  const options = { prefix: 'list-', includeMetadata: true }
  const pages: unknown[] = []
  for await (const page of client.listQueues(options).byPage({ maxPageSize: 2 }))
    pages.push(page.queueItems?.map(({ name, metadata }) => [name, metadata?.is]))
  assert.deepEqual(pages, [
    [
      ['list-a', 'list-a'],
      ['list-b', 'list-b'],
    ],
    [['list-c', 'list-c']],
  ])
  const plain = await client.listQueues({ prefix: 'list-a' }).byPage().next()
  assert.deepEqual(
    [plain.value.queueItems, plain.value.continuationToken, plain.value.serviceEndpoint],
    [[{ name: 'list-a' }], '', `${server.url}/`],
  )
})

test('a page of no queues cannot be asked for', async () => {
  const listing = client.listQueues().byPage({ maxPageSize: 0 })
  await assert.rejects(listing.next(), refused(400, 'OutOfRangeQueryParameterValue'))
})

test('service properties and statistics are those of storage', async () => {
  const cors = [
    {
      allowedHeaders: '*',
      allowedMethods: 'GET',
      allowedOrigins: 'a.example',
      exposedHeaders: '',
      maxAgeInSeconds: 5,
    },
  ]
  await client.setProperties({ cors })
  assert.deepEqual((await client.getProperties()).cors, cors)
  await assert.rejects(client.getStatistics(), refused(400, 'InvalidQueryParameterValue'))
  const secondary = new QueueServiceClient(`${server.url}-secondary`, queueCredential, once)
  // This version of the SDK does not read its own answer.
  const { _response } = await secondary.getStatistics()
  assert.match(_response.bodyAsText, /<Status>live<\/Status>/)
})
