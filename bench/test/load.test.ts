import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type Generator, generateLoad, generators, pickGenerator } from '../harness/load.ts'

const available: readonly Generator[] = pickGenerator() === 'wrk' ? generators : ['bundled']
const body = JSON.stringify({ text: 'ä'.repeat(500) })

/** A server whose answers depend on the path, and what it was asked. */
async function startTarget() {
  const seen = { requests: 0, bodies: new Set<string>() }
  const server = createServer((request, response) => {
    seen.requests++
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.bodies.add(`${request.method} ${Buffer.concat(chunks)}`)
      if (request.url === '/closing') response.setHeader('connection', 'close')
      if (request.url === '/chunked') response.write('a chunk')
      if (request.url === '/lost') request.socket.destroy()
      response.statusCode = request.url === '/failing' ? 500 : 200
      response.end('hello')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function load(generator: Generator, url: string, extra = {}) {
  const options = { url, method: 'GET', headers: {}, body: '', connections: 3, seconds: 0.2, ...extra }
  return await generateLoad(generator, options)
}

function close(server: Server): void {
  server.close()
  server.closeAllConnections()
}

for (const generator of available) {
  test(`${generator} sends the request as told and reports rate, latency and its own CPU time`, async () => {
    const { server, seen, url } = await startTarget()
    try {
      const headers = { 'content-type': 'application/json' }
      const report = await load(generator, `${url}/`, { method: 'POST', body, headers })
      assert.deepEqual([...seen.bodies], [`POST ${body}`])
      assert.equal(report.failures, 0)
      assert.ok(report.requests > 10 && report.requests <= seen.requests)
      assert.ok(report.seconds >= 0.2 && report.seconds < 10)
      assert.ok(report.p50Ms > 0 && report.p99Ms >= report.p50Ms)
      assert.ok(report.cpuMs > 0)
    } finally {
      close(server)
    }
  })

  test(`${generator} counts answers of status 500 as failures`, async () => {
    const { server, url } = await startTarget()
    try {
      const report = await load(generator, `${url}/failing`)
      assert.equal(report.requests, 0)
      assert.ok(report.failures > 10)
    } finally {
      close(server)
    }
  })
}

for (const path of ['/', '/chunked', '/closing']) {
  test(`the bundled generator reports every request that the server saw (${path})`, async () => {
    const { server, seen, url } = await startTarget()
    try {
      const report = await load('bundled', url + path)
      assert.ok(report.requests > 10)
      assert.deepEqual([report.requests, report.failures], [seen.requests, 0])
    } finally {
      close(server)
    }
  })
}

test('a connection that is lost before its answer is a failure, and the load goes on', async () => {
  const { server, seen, url } = await startTarget()
  try {
    const report = await load('bundled', `${url}/lost`)
    assert.equal(report.requests, 0)
    assert.ok(report.failures > 3)
    assert.equal(report.failures, seen.requests)
  } finally {
    close(server)
  }
})

test('a server that is not there makes failures, not a hang', async () => {
  const { server, url } = await startTarget()
  close(server)
  await once(server, 'close')
  const report = await load('bundled', url)
  assert.equal(report.requests, 0)
  assert.ok(report.failures > 0)
})

test('wrk is picked only when it is on the path', () => {
  assert.equal(pickGenerator('/nonexistent:/also/not'), 'bundled')
})
