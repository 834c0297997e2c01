/**
 * The bundled load generator, a program: `node load-generator.ts '{LoadOptions}'` prints a LoadReport as JSON.
 * Raw sockets, one request rendered in advance, one at a time a connection. After the time is up every connection
 * finishes what it has sent, so each request that the server saw is in the report.
 */
import { connect, type Socket } from 'node:net'
import { createHistogram } from 'node:perf_hooks'
import { readResponse } from './http-response.ts'
import type { LoadOptions, LoadReport } from './load.ts'

const reconnectMs = 10
const answerTimeoutMs = 10_000

const options: LoadOptions = JSON.parse(process.argv[2] ?? '{}')
const target = new URL(options.url)
const request = renderRequest(options)
const latencyUs = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 })
let requests = 0
let failures = 0
let unfinished = options.connections

const startCpu = process.cpuUsage()
const startMs = performance.now()
const endMs = startMs + options.seconds * 1000
// Sockets read one after another in one thread, so one buffer serves them all and nothing is allocated per read.
const readBuffer = Buffer.allocUnsafe(64 * 1024)
for (let i = 0; i < options.connections; i++) openConnection()

function openConnection(): void {
  let sentMs = 0
  // For the connection, then for an answer: a connection that closes meanwhile is a failure.
  let isWaiting = true
  let pending: Buffer | undefined
  const socket: Socket = connect({
    host: target.hostname,
    port: Number(target.port || 80),
    noDelay: true,
    onread: { buffer: readBuffer, callback: onBytes },
  })
  socket.setTimeout(answerTimeoutMs, () => socket.destroy())
  socket.on('connect', send)
  // What went wrong shows in `close`, which always follows.
  socket.on('error', () => {})
  socket.on('close', onClose)

  function send(): void {
    sentMs = performance.now()
    isWaiting = sentMs < endMs
    if (!isWaiting) {
      socket.end()
      return
    }
    socket.write(request)
  }

  function onBytes(length: number): boolean {
    const fresh = readBuffer.subarray(0, length)
    const bytes = pending ? Buffer.concat([pending, fresh]) : fresh
    const response = readResponse(bytes)
    if (!response) {
      pending = pending ? bytes : Buffer.from(fresh)
      return true
    }
    pending = undefined
    isWaiting = false
    latencyUs.record(Math.max(1, Math.round((performance.now() - sentMs) * 1000)))
    if (response.status < 400) requests++
    else failures++
    if (response.keepsAlive) send()
    else socket.end()
    return true
  }

  function onClose(): void {
    if (isWaiting) failures++
    // A server that refuses connections must not turn this into a busy loop.
    if (performance.now() < endMs) setTimeout(openConnection, isWaiting ? reconnectMs : 0)
    else if (--unfinished === 0) report()
  }
}

function report(): void {
  const { user, system } = process.cpuUsage(startCpu)
  const result: LoadReport = {
    requests,
    failures,
    seconds: (performance.now() - startMs) / 1000,
    p50Ms: latencyUs.percentile(50) / 1000,
    p99Ms: latencyUs.percentile(99) / 1000,
    cpuMs: (user + system) / 1000,
  }
  console.log(JSON.stringify(result))
}

function renderRequest({ method, headers, body }: LoadOptions): Buffer {
  const lines = [`${method} ${target.pathname}${target.search} HTTP/1.1`, `Host: ${target.host}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
