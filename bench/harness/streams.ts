/** Long streams and held requests through a server, and what its processes hold of them meanwhile. */
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type MemoryGrowth, MemoryWatch } from './memory-watch.ts'
import type { ServerProcess } from './server-process.ts'

export interface StreamRun {
  readonly bytes: number
  readonly durationMs: number
  readonly host: MemoryGrowth
  readonly worker: MemoryGrowth
  /** CPU time of host and workers. */
  readonly cpuMs: number
}

export interface HeldRun {
  readonly count: number
  readonly answered: number
  /** Until the last answer. */
  readonly durationMs: number
  /** Of the calls that asked meanwhile whether the host is alive. */
  readonly slowestPingMs: number
  readonly host: MemoryGrowth
}

const chunkBytes = 256 * 1024
const pingPeriodMs = 100

/** Sends so many bytes through the function `echo` and takes them back; rejects when other bytes come back. */
export async function streamThrough(server: ServerProcess, bytes: number): Promise<StreamRun> {
  const watch = new MemoryWatch(server)
  const cpuMs = cpuOf(server)
  const startMs = performance.now()
  const received = await echo(server.port, bytes)
  const durationMs = performance.now() - startMs
  if (received !== bytes) throw new Error(`${received} bytes came back of ${bytes}`)
  return { bytes, durationMs, ...watch.stop(), cpuMs: cpuOf(server) - cpuMs }
}

function echo(port: number, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // Every byte says where it belongs, so that what is lost or swapped is noticed.
    const chunk = Buffer.from(Uint8Array.from({ length: chunkBytes }, (_, index) => index % 251))
    const outgoing = request({ host: '127.0.0.1', port, path: '/api/echo', method: 'POST', agent: false })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let received = 0
      response.on('error', reject)
      response.on('data', (piece: Buffer) => {
        const from = received % chunkBytes
        const first = Math.min(piece.length, chunkBytes - from)
        if (!piece.subarray(0, first).equals(chunk.subarray(from, from + first)))
          response.destroy(new Error(`other bytes came back behind byte ${received}`))
        received += piece.length
      })
      response.on('end', () => resolve(received))
    })
    let left = bytes
    const send = () => {
      while (left > 0) {
        const piece = left < chunkBytes ? chunk.subarray(0, left) : chunk
        left -= piece.length
        if (!outgoing.write(piece)) return void outgoing.once('drain', send)
      }
      outgoing.end()
    }
    send()
  })
}

/** So many requests at once, each of which the function `held` keeps for a while; the host is asked meanwhile. */
export async function holdRequests(server: ServerProcess, count: number, holdMs: number): Promise<HeldRun> {
  const watch = new MemoryWatch(server)
  const agent = new Agent({ maxSockets: count })
  const startMs = performance.now()
  let isOver = false
  const pings = ping(server.port, () => isOver)
  const answers = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      get(server.port, `/api/held?ms=${holdMs}&n=${n}`, agent).then(
        (body) => body === String(n),
        () => false,
      ),
    ),
  )
  const durationMs = performance.now() - startMs
  isOver = true
  agent.destroy()
  const slowestPingMs = await pings
  return {
    count,
    answered: answers.filter(Boolean).length,
    durationMs,
    slowestPingMs,
    host: watch.stop().host,
  }
}

async function ping(port: number, isOver: () => boolean): Promise<number> {
  let slowestMs = 0
  while (!isOver()) {
    const startMs = performance.now()
    await get(port, '/admin/host/ping', undefined)
    slowestMs = Math.max(slowestMs, performance.now() - startMs)
    await new Promise((resolve) => setTimeout(resolve, pingPeriodMs))
  }
  return slowestMs
}

/** The body of a 200. */
function get(port: number, path: string, agent: Agent | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: agent ?? false }, (response) => {
      if (response.statusCode === 200) text(response).then(resolve, reject)
      else reject(new Error(`${path} was answered with ${response.statusCode}`))
    })
      .on('error', reject)
      .end()
  })
}

function cpuOf(server: ServerProcess): number {
  return server.processes().reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}
