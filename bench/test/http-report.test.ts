import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sample, Scenario } from '../harness/http-lanes.ts'
import { renderHttpReport } from '../harness/http-report.ts'

const scenario: Scenario = {
  name: 'hello',
  title: 'GET of a line',
  method: 'GET',
  path: '/',
  headers: {},
  body: '',
  answer: '',
  servers: [],
}
const mebibyte = 2 ** 20

function sample(requestsPerSecond: number, extra: Partial<Sample> = {}): Sample {
  return {
    requests: requestsPerSecond * 2,
    failures: 0,
    seconds: 2,
    p50Ms: 1,
    p99Ms: 10,
    cpuMs: 1000,
    serverCpuMs: 2000,
    workerCpuMs: 0,
    memory: { serverRss: 50 * mebibyte, workerRss: Number.NaN },
    ...extra,
  }
}

const worker = { workerCpuMs: 500, memory: { serverRss: 60 * mebibyte, workerRss: 70 * mebibyte } }
const report = renderHttpReport({
  setting: '64 connections.',
  reference: { node: 'node:http', framework: 'framework' },
  lanes: [
    { scenario, serverName: 'node:http', samples: [1000, 100_000, 40_000].map((rate) => sample(rate)) },
    { scenario, serverName: 'framework', samples: [sample(5000)] },
    { scenario, serverName: 'aloft', samples: [sample(10_000, worker)] },
  ],
  memory: [
    {
      serverName: 'aloft',
      idle: { serverRss: 40 * mebibyte, workerRss: 45 * mebibyte },
      loaded: worker.memory,
    },
  ],
})
const rowOf = (name: string) => cells(report.split('\n').find((line) => line.startsWith(`| ${name} `)))

function cells(line = ''): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

test('a row has the medians of its rounds and the ratios to both references', () => {
  assert.deepEqual(rowOf('node:http').slice(0, 4), ['node:http', '40,000', '8.00×', '1.00×'])
  assert.deepEqual(rowOf('aloft').slice(0, 4), ['aloft', '10,000', '2.00×', '0.25×'])
})

test('CPU time is quoted in microseconds a request, of host, worker and generator apart', () => {
  assert.deepEqual(rowOf('aloft').slice(6), ['100', '25.0', '50.0', '50.0 %'])
  assert.deepEqual(rowOf('framework').slice(6), ['200', '—', '100', '50.0 %'])
})

test('memory is quoted idle and under load, and the setting stands on top', () => {
  const line = report.split('\n').findLast((text) => text.startsWith('| aloft '))
  assert.deepEqual(cells(line), ['aloft', '40', '45', '60', '70'])
  assert.ok(report.startsWith('64 connections.\n\n### GET of a line\n'))
})
