/** What is asked of which server in the HTTP benchmark. */
import type { Scenario } from './http-lanes.ts'
import { aloft, fastify, functionsFramework, nodeHttp, type Server } from './servers.ts'

const aloftDefault = aloft('aloft')
/** The same app with host.json's `logging.logLevel.default` turned to Warning by an app setting. */
const aloftWarning = aloft('aloft-warning', {
  AzureFunctionsJobHost__logging__logLevel__default: 'Warning',
})

export const servers: readonly Server[] = [nodeHttp, fastify, functionsFramework, aloftDefault, aloftWarning]
export const reference = { node: nodeHttp.name, framework: functionsFramework.name }

const peers = [nodeHttp.name, fastify.name, functionsFramework.name]
const aloftBoth = [aloftDefault.name, aloftWarning.name]
const kibibyteOfJson = jsonOfBytes(1024)

export const scenarios: readonly Scenario[] = [
  {
    name: 'hello',
    title: 'GET, answered with a line of text',
    method: 'GET',
    path: '/api/hello',
    headers: {},
    body: '',
    answer: 'Hello, world!',
    servers: [...peers, ...aloftBoth],
  },
  {
    name: 'echo',
    title: 'POST of 1 KiB of JSON, parsed and answered as JSON',
    method: 'POST',
    path: '/api/echo',
    headers: { 'content-type': 'application/json' },
    body: kibibyteOfJson,
    answer: kibibyteOfJson,
    servers: [...peers, ...aloftBoth],
  },
  {
    name: 'template',
    title: 'GET of the function that `func new` writes, which logs a line itself',
    method: 'GET',
    path: '/api/template?name=world',
    headers: {},
    body: '',
    answer: 'Hello, world!',
    servers: aloftBoth,
  },
]

/** An object as an API would get it, in exactly so many bytes. */
function jsonOfBytes(bytes: number): string {
  const items = Array.from({ length: 12 }, (_, index) => ({
    sku: `part-${1000 + index}`,
    quantity: index + 1,
    price: 9.95 + index,
    isGift: index % 3 === 0,
  }))
  const text = (note: string) => JSON.stringify({ order: 4711, customer: 'Ada Lovelace', items, note })
  return text('x'.repeat(bytes - text('').length))
}
