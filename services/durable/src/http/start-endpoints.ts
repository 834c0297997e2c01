/** Starting orchestrations: anew, and as another one was. */
import type { InstanceStatus } from '../contracts.ts'
import { InstanceExists, InstanceNotFound, InvalidState } from '../engine/errors.ts'
import { type Answer, ApiError, badArgument } from './answer.ts'
import {
  type ApiCall,
  type ApiServices,
  flag,
  parameter,
  secondsParameter,
  statusWithin,
} from './api-call.ts'
import { checkStatusPayload } from './management-urls.ts'
import { hasEnded, outputOf, statusBody } from './status-body.ts'

/** Seconds that a client is asked to wait before it looks at a new instance. */
const retryAfterSeconds = '10'

export async function start(
  call: ApiCall,
  services: ApiServices,
  functionName: string,
  instanceId: string | undefined,
): Promise<Answer> {
  const name = knownOrchestrator(functionName, services.orchestrators)
  if (instanceId !== undefined) checkInstanceId(instanceId)
  const input = await readJsonText(call)
  const timeoutMs = secondsParameter(call, 'timeout')
  const pollingMs = secondsParameter(call, 'pollingInterval')
  checkTimes(timeoutMs, pollingMs)
  try {
    const started = await services.hub.start({
      name,
      instanceId,
      input,
      version: parameter(call, 'version'),
      traceParent: call.header('traceparent'),
      traceState: call.header('tracestate'),
    })
    return await answerStarted(call, services, started.instanceId, timeoutMs, pollingMs)
  } catch (error) {
    if (!(error instanceof InstanceExists)) throw error
    const type = 'DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException'
    throw new ApiError(409, error.message, { message: error.message, type })
  }
}

export async function restart(call: ApiCall, services: ApiServices, instanceId: string): Promise<Answer> {
  const under = flag(call, 'restartWithNewInstanceId', 'true') === 'true' ? 'new-id' : 'same-id'
  const timeoutMs = secondsParameter(call, 'timeout')
  const pollingMs = secondsParameter(call, 'pollingInterval')
  checkTimes(timeoutMs, pollingMs)
  try {
    const id = await services.hub.restart(instanceId, under)
    return await answerStarted(call, services, id, timeoutMs, pollingMs)
  } catch (error) {
    if (error instanceof InstanceNotFound) {
      const message = `An orchestrationInstanceId: ${instanceId} was not found.`
      throw new ApiError(400, 'InstanceId does not match a valid orchestration instance.', { message })
    }
    if (error instanceof InvalidState)
      throw new ApiError(409, error.message, {
        message: error.message,
        type: 'DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException',
      })
    throw error
  }
}

/** With both times it waits for the end first. */
async function answerStarted(
  call: ApiCall,
  services: ApiServices,
  instanceId: string,
  timeoutMs: number | undefined,
  pollingMs: number | undefined,
): Promise<Answer> {
  if (timeoutMs !== undefined && pollingMs !== undefined) {
    const status = await statusWithin(call, services, instanceId, timeoutMs)
    if (status && hasEnded(status.runtimeStatus)) return endedAnswer(status)
  }
  const payload = checkStatusPayload(services.address, instanceId)
  const headers = { Location: payload.statusQueryGetUri, 'Retry-After': retryAfterSeconds }
  return { status: 202, headers, json: JSON.stringify(payload) }
}

function endedAnswer(status: InstanceStatus): Answer {
  if (status.runtimeStatus === 'Completed') return { status: 200, json: outputOf(status) }
  return { status: status.runtimeStatus === 'Failed' ? 500 : 200, json: statusBody(status, 'show') }
}

function checkTimes(timeoutMs: number | undefined, pollingMs: number | undefined): void {
  if (timeoutMs === undefined || pollingMs === undefined || timeoutMs >= pollingMs) return
  throw badArgument(
    `Total timeout ${timeoutMs / 1000} should be bigger than retry timeout ${pollingMs / 1000}`,
  )
}

/** The function's name as the app writes it. */
function knownOrchestrator(name: string, known: readonly string[] | undefined): string {
  if (!known) return name
  const found = known.find((each) => each.toLowerCase() === name.toLowerCase())
  if (found !== undefined) return found
  const list = known.map((each) => `'${each}'`).join(', ')
  throw badArgument(
    `The function '${name}' doesn't exist, is disabled, or is not an orchestrator function. Additional info: ${
      list === ''
        ? 'No orchestrator functions are currently registered!'
        : `The following are the known orchestrator functions: ${list}.`
    }`,
  )
}

/** Ids become parts of addresses. */
function checkInstanceId(id: string): void {
  if (id.length > 100)
    throw badArgument(`Instance ids must have at most 100 characters; this one has ${id.length}.`)
  if (id.startsWith('@'))
    throw badArgument("Orchestration instance ids must not start with '@': those are entities'.")
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in it
  if (/[/\\#?\u0000-\u001f\u007f-\u009f]/.test(id))
    throw badArgument("Instance ids must not contain '/', '\\', '#', '?' or control characters.")
}

/** The body as it was sent; null when there is none. @throws ApiError when it is no JSON */
export async function readJsonText(call: ApiCall): Promise<string | null> {
  const text = (await call.body()).trim()
  if (text === '') return null
  try {
    JSON.parse(text)
    return text
  } catch (error) {
    const { message } = error as Error
    throw new ApiError(400, 'Invalid JSON content', { message, type: 'Newtonsoft.Json.JsonReaderException' })
  }
}
