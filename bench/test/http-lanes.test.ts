import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAnswer, measureLane, type Scenario } from '../harness/http-lanes.ts'
import { scenarios, servers } from '../harness/http-scenarios.ts'
import { startServer } from '../harness/server-process.ts'
import { fastify, nodeHttp } from '../harness/servers.ts'

const probe = { path: '/api/hello', timeoutMs: 60_000 }
const load = { connections: 4, seconds: 0.5 }
const hello = scenarios.find(({ name }) => name === 'hello')!

for (const server of servers) {
  test(`${server.name} answers every request that it is compared on`, async () => {
    await using process = await startServer(server.command, probe)
    const compared = scenarios.filter(({ servers }) => servers.includes(server.name))
    assert.ok(compared.length >= 2)
    for (const scenario of compared) await checkAnswer({ scenario, serverName: server.name, process })
  })
}

test('a sample has the load, the CPU time of the server and its memory', async () => {
  await using process = await startServer(nodeHttp.command, probe)
  const lane = { scenario: hello, serverName: nodeHttp.name, process }
  const sample = await measureLane(lane, 'bundled', load)
  assert.ok(sample.requests > 10 && sample.serverCpuMs > 0)
  assert.equal(sample.workerCpuMs, 0)
  assert.ok(sample.memory.serverRss > 2 ** 20 && Number.isNaN(sample.memory.workerRss))
})

test('a wrong answer and failures under load end the benchmark', async () => {
  await using process = await startServer(fastify.command, probe)
  const lane = (scenario: Scenario) => ({ scenario, serverName: fastify.name, process })
  await assert.rejects(
    checkAnswer(lane({ ...hello, answer: 'other' })),
    /hello on fastify: 200 Hello, world!/,
  )
  const missing = lane({ ...hello, path: '/missing' })
  await assert.rejects(measureLane(missing, 'bundled', load), /hello on fastify: 0 answers, \d+ failures/)
})

test('the body of the echo is exactly 1 KiB', () => {
  const echo = scenarios.find(({ name }) => name === 'echo')
  assert.equal(Buffer.byteLength(echo?.body ?? ''), 1024)
})
