/** `/admin/functions`: what functions there are, what is wrong with them, and running one by hand. */
import { ensureError, type FunctionDefinition, type Logger } from '@aloft/kernel'
import { emptyReply, jsonReply, type Reply } from '@aloft/wire/http'
import { compareIgnoringCase } from '../http/index.ts'
import {
  type AdminEndpoint,
  type AdminRequest,
  badRequest,
  originOf,
  queryOf,
  readJsonBody,
} from './endpoint.ts'
import { functionMetadata, proxyMetadata } from './function-metadata.ts'
import type { AdminTarget } from './target.ts'

export function functionEndpoints(target: AdminTarget, log: Logger): readonly AdminEndpoint[] {
  return [
    {
      method: 'GET',
      pattern: '/admin/functions',
      operation: 'Functions_List',
      answer: (request) => listFunctions(target, request),
    },
    {
      method: 'GET',
      pattern: '/admin/functions/{name}',
      operation: 'Functions_Get',
      answer: async (request) => {
        const definition = findFunction(target, request.params.name)
        if (!definition) return emptyReply(404)
        return jsonReply(200, await functionMetadata(target, definition, originOf(request)))
      },
    },
    {
      method: 'POST',
      pattern: '/admin/functions/{name}',
      operation: 'Functions_Invoke',
      needsRunningApp: true,
      answer: (request) => startFunction(target, log, request),
    },
    {
      method: 'GET',
      pattern: '/admin/functions/{name}/status',
      operation: 'Functions_GetStatus',
      answer: ({ params }) => statusOf(target, params.name ?? ''),
    },
    {
      method: 'GET',
      pattern: '/admin/proxies/traces/{id}',
      operation: 'Proxies_GetTrace',
      answer: ({ params }) => {
        const trace = target.proxyTrace(params.id ?? '')
        return trace ? jsonReply(200, trace) : emptyReply(404)
      },
    },
  ]
}

/** Proxies are among them only with `?includeProxies=true`. */
async function listFunctions(target: AdminTarget, request: AdminRequest): Promise<Reply> {
  const query = Object.entries(queryOf(request))
  const isAsked = query.some(([name, value]) => /^includeProxies$/i.test(name) && /^true$/i.test(value))
  const functions = await Promise.all(
    target.functions.map((definition) => functionMetadata(target, definition)),
  )
  if (!isAsked) return jsonReply(200, functions)
  const all = [...functions, ...target.proxies.map((proxy) => proxyMetadata(target, proxy))]
  return jsonReply(
    200,
    all.sort((one, other) => compareIgnoringCase(one.name, other.name)),
  )
}

/** Function names ignore case. */
export function findFunction(target: AdminTarget, name: string | undefined): FunctionDefinition | undefined {
  return target.functions.find((definition) => definition.name.toLowerCase() === name?.toLowerCase())
}

/** Answers as soon as the function has been started; how it ends is in its log. */
async function startFunction(target: AdminTarget, log: Logger, request: AdminRequest): Promise<Reply> {
  const input = await readInput(request)
  if (input === undefined) return badRequest('Expected a JSON object such as {"input": "text"}.')
  const definition = findFunction(target, request.params.name)
  if (!definition) return emptyReply(404)
  target.run(definition.name, input).catch((thrown: unknown) => {
    const error = ensureError(thrown)
    log.error(`The function '${definition.name}' could not be run by hand: ${error.message}`, error)
  })
  return emptyReply(202)
}

/** The text in `{"input": …}`; other JSON there is handed on as JSON. Undefined when the body has another shape. */
async function readInput(request: AdminRequest): Promise<string | undefined> {
  let body: unknown
  try {
    body = await readJsonBody(request)
  } catch {
    // Whatever is wrong with the body, it is the caller's to mend.
    return undefined
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const entry = Object.entries(body).find(([name]) => name.toLowerCase() === 'input')
  const input: unknown = entry?.[1] ?? ''
  return typeof input === 'string' ? input : JSON.stringify(input)
}

function statusOf(target: AdminTarget, name: string): Reply {
  const errors = target.problems
    .filter((problem) => problem.name.toLowerCase() === name.toLowerCase())
    .map((problem) => problem.message)
  if (errors.length > 0) return jsonReply(200, { errors })
  return findFunction(target, name) ? jsonReply(200, {}) : emptyReply(404)
}
