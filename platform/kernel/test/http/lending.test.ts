/** Connections that somebody else serves for a while. The borrower's part is played with the kept socket itself. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as setImmediateAsync } from 'node:timers/promises'
import { type DirectExchange, HttpListener } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { Loan } from '@aloft/wire/http'
import { connectRaw } from './raw-client.ts'

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const nobody = { recall() {} }

test('of a lent connection nothing is read until it is given back, with what the borrower has read', async (t) => {
  const { client, lent, urls } = await openLending(t)
  const loan = await lent('/first')
  client.send(get('/second'))
  // Long enough for it to come.
  for (let turn = 0; turn < 100; turn++) await setImmediateAsync()
  assert.deepEqual(urls, ['/first'])
  loan.giveBack(Buffer.from(get('/unread')))
  client.send(get('/third'))
  await client.until('/third')
  assert.deepEqual(urls, ['/first', '/unread', '/second', '/third'])
})

test('the count of requests begins anew when a connection is given back', async (t) => {
  const { client, lent, counts } = await openLending(t)
  const loan = await lent('/first')
  loan.giveBack()
  client.send(get('/second'))
  await client.until('/second')
  assert.deepEqual(counts, [1, 1])
})

test('what the borrower had in hand is answered in its place, and the connection goes on', async (t) => {
  const { client, lent } = await openLending(t)
  const loan = await lent('/first')
  loan.answer({ status: 500, headers: [], body: undefined })
  await client.until('500 Internal Server Error')
  client.send(get('/second'))
  await client.until('/second')
})

test('a loan that ends closes the connection', async (t) => {
  const { client, lent } = await openLending(t)
  const loan = await lent('/first')
  loan.end()
  await client.ended()
})

test('a connection with requests that are not answered is not lent, nor one that is lent', async (t) => {
  const exchanges: DirectExchange[] = []
  const { lent } = await openLending(t, (exchange) => exchanges.push(exchange))
  const loan = await lent('/first')
  await setImmediateAsync()
  assert.equal(exchanges[0]?.lend(nobody), undefined)
  const other = await openLending(t, (exchange) => exchanges.push(exchange))
  other.client.send(get('/a') + get('/b'))
  await other.client.until('/b')
  assert.equal(other.loans.length, 1)
  loan.giveBack()
})

test('a lent connection is not ended for being idle', async (t) => {
  const clock = new VirtualClock()
  const { client, lent } = await openLending(t, undefined, clock)
  const loan = await lent('/first')
  await clock.advance(3_600_000)
  loan.giveBack()
  client.send(get('/second'))
  await client.until('/second')
})

test('a server that closes asks for its connections, and ends them when they come', async (t) => {
  let recalled: (() => void) | undefined
  const { client, lent, listener } = await openLending(t)
  const isRecalled = new Promise<void>((resolve) => {
    recalled = resolve
  })
  const loan = await lent('/first', { recall: () => recalled?.() })
  const closing = listener.close({ graceMs: 60_000 })
  await isRecalled
  loan.giveBack()
  await client.ended()
  await closing
})

/** A listener that answers with the path and lends the connection whenever the test waits for it. */
async function openLending(
  t: TestContext,
  onExchange: (exchange: DirectExchange) => void = () => {},
  clock = new VirtualClock(),
) {
  const urls: string[] = []
  const counts: number[] = []
  const loans: Loan[] = []
  let wanted: { borrower: typeof nobody; resolve(loan: Loan): void } | undefined
  const listener = await HttpListener.open({
    host: '127.0.0.1',
    port: 0,
    clock,
    handler: (_, response) => response.end(),
    direct(exchange) {
      urls.push(exchange.url)
      counts.push(exchange.requestCount)
      setImmediate(() => {
        exchange.answer({ status: 200, headers: [], body: exchange.url })
        const loan = exchange.lend(wanted?.borrower ?? nobody)
        if (loan) loans.push(loan)
        if (loan && wanted) wanted.resolve(loan)
        else loan?.giveBack()
        wanted = undefined
        onExchange(exchange)
      })
      return true
    },
  })
  t.after(() => listener.close({ graceMs: 0 }))
  const client = await connectRaw(listener.port)
  t.after(() => client.socket.destroy())
  /** Sends a request, and lends the connection behind its answer. */
  const lent = async (path: string, borrower = nobody): Promise<Loan> => {
    const loan = new Promise<Loan>((resolve) => {
      wanted = { borrower, resolve }
    })
    client.send(get(path))
    await client.until(`\r\n\r\n${path}`)
    return loan
  }
  return { client, listener, lent, urls, counts, loans }
}
