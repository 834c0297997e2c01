/** Sockets that read into one buffer: what is kept of it must not change when the next one reads. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { DirectConnection } from '@aloft/wire/http'
import fc from 'fast-check'

const shared = Buffer.alloc(64 * 1024)

/** A connection whose requests are answered with their bodies, a turn later. */
class Echo {
  written = ''
  handedOver: string | undefined
  readonly connection: DirectConnection

  constructor() {
    const socket = new Duplex({
      read() {},
      write: (chunk, _, done) => {
        this.written += String(chunk)
        done()
      },
    })
    this.connection = new DirectConnection(socket as Socket, {
      isClosing: false,
      now: () => 0,
      direct(exchange) {
        const body = Buffer.from(exchange.body ?? '')
        setImmediate(() => exchange.answer({ status: 200, headers: [], body }))
        return true
      },
      handOver: (_, unread) => {
        this.handedOver = unread?.toString('latin1') ?? ''
      },
      forget() {},
      failed: (_, error) => assert.fail(error as Error),
    })
  }

  /** As a socket that has read into the buffer of all. */
  read(bytes: Buffer): void {
    if (this.handedOver !== undefined) return
    shared.fill('?')
    bytes.copy(shared)
    this.connection.receiveOnce(shared.subarray(0, bytes.length))
    shared.fill('!')
  }

  get bodies(): string[] {
    return this.written.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*\r\n/).slice(1)
  }
}

const post = (body: string) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const body = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n', ' '), maxLength: 30 })

test('requests that come in any pieces keep what they said, whatever others read meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(body, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(200), { maxLength: 5 }),
      fc.boolean(),
      async (bodies, cuts, pausing) => {
        const echo = new Echo()
        const other = new Echo()
        const sent = bodies.map(post).join('')
        const stops = [...cuts, sent.length].map((at) => Math.min(at, sent.length)).sort((a, b) => a - b)
        let from = 0
        for (const stop of stops) {
          if (stop > from) echo.read(Buffer.from(sent.slice(from, stop)))
          other.read(Buffer.from(post('other')))
          from = stop
          if (pausing) await new Promise(setImmediate)
        }
        for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
        assert.deepEqual(echo.bodies, bodies.slice(0, echo.bodies.length))
        // A head in pieces is for somebody else, from its first byte on.
        if (echo.handedOver === undefined) assert.equal(echo.bodies.length, bodies.length)
        else assert.ok(bodies.slice(echo.bodies.length).map(post).join('').startsWith(echo.handedOver))
      },
    ),
    { numRuns: 300 },
  )
})
