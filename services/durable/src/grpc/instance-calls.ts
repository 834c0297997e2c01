/** What clients ask of single orchestrations. */
import { InstanceNotFound, InvalidState } from '../engine/errors.ts'
import { isEntityId } from '../engine/model.ts'
import type { Call, UnaryMethod } from './call.ts'
import { CallRefused } from './call-errors.ts'
import { protoState, statusesOf } from './instance-state.ts'
import type { ServedHub } from './served-hubs.ts'
import { type Text, type Timestamp, timeOf } from './values.ts'

interface CreateInstanceRequest {
  readonly instanceId: string
  readonly name: string
  readonly version: Text | null
  readonly input: Text | null
  readonly scheduledStartTimestamp: Timestamp | null
  readonly orchestrationIdReusePolicy: { readonly replaceableStatus: readonly number[] } | null
  readonly executionId: Text | null
  readonly tags: Readonly<Record<string, string>>
  readonly parentTraceContext: { readonly traceParent: string; readonly traceState: Text | null } | null
}

interface InstanceRequest {
  readonly instanceId: string
}

interface GetInstanceRequest extends InstanceRequest {
  readonly getInputsAndOutputs: boolean
}

interface ReasonRequest extends InstanceRequest {
  readonly reason: Text | null
}

async function startInstance(request: CreateInstanceRequest, call: Call): Promise<object> {
  const { instanceId, name, version, input, executionId, tags, parentTraceContext } = request
  if (name === '') throw new CallRefused('invalidArgument', 'The name of the orchestrator is missing.')
  if (isEntityId(instanceId))
    throw new CallRefused(
      'invalidArgument',
      `'${instanceId}' is no id for an orchestration: @ begins entities.`,
    )
  const { hub } = await call.hub()
  const policy = request.orchestrationIdReusePolicy
  const started = await hub.start({
    name,
    instanceId: instanceId || undefined,
    input: input?.value ?? null,
    version: version?.value,
    at: timeOf(request.scheduledStartTimestamp),
    replaceable: policy ? (statusesOf(policy.replaceableStatus) ?? []) : undefined,
    executionId: executionId?.value || undefined,
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(parentTraceContext?.traceParent && {
      traceParent: parentTraceContext.traceParent,
      traceState: parentTraceContext.traceState?.value,
    }),
  })
  return { instanceId: started.instanceId }
}

async function getInstance({ instanceId, getInputsAndOutputs }: GetInstanceRequest, call: Call) {
  const { hub } = await call.hub()
  const status = isEntityId(instanceId) ? undefined : await hub.status(instanceId)
  if (!status) return { exists: false }
  return { exists: true, orchestrationState: protoState(status, getInputsAndOutputs ? 'with' : 'without') }
}

function waitFor(until: 'started' | 'ended') {
  return async ({ instanceId, getInputsAndOutputs }: GetInstanceRequest, call: Call) => {
    const { hub } = await call.hub()
    try {
      const status = await hub.waitFor(instanceId, until, call.signal)
      return {
        exists: true,
        orchestrationState: protoState(status, getInputsAndOutputs ? 'with' : 'without'),
      }
    } catch (error) {
      if (error instanceof InstanceNotFound) return { exists: false }
      throw error
    }
  }
}

async function raiseEvent(request: InstanceRequest & { name: string; input: Text | null }, call: Call) {
  const { hub, pool } = await call.hub()
  try {
    await hub.raiseEvent(request.instanceId, request.name, request.input?.value ?? null)
  } catch (error) {
    // Schedulers for portable workers drop events for who is not there (any more); the host of Functions refuses them.
    if (!pool || !(error instanceof InstanceNotFound || error instanceof InvalidState)) throw error
  }
  return {}
}

async function terminate(request: InstanceRequest & { output: Text | null; recursive: boolean }, call: Call) {
  const served = await call.hub()
  const { instanceId, output, recursive } = request
  await unlessSo(served, served.hub.terminate(instanceId, jsonOf(output), recursive ? 'terminate' : 'leave'))
  served.pool?.withdraw(instanceId)
  return {}
}

async function suspend({ instanceId, reason }: ReasonRequest, call: Call) {
  const served = await call.hub()
  await unlessSo(served, served.hub.suspend(instanceId, reason?.value ?? null))
  return {}
}

async function resume({ instanceId, reason }: ReasonRequest, call: Call) {
  const served = await call.hub()
  await unlessSo(served, served.hub.resume(instanceId, reason?.value ?? null))
  return {}
}

async function rewind({ instanceId, reason }: ReasonRequest, call: Call) {
  const { hub } = await call.hub()
  await hub.rewind(instanceId, reason?.value ?? null)
  return {}
}

async function restart(request: InstanceRequest & { restartWithNewInstanceId: boolean }, call: Call) {
  const { hub } = await call.hub()
  const under = request.restartWithNewInstanceId ? 'new-id' : 'same-id'
  return { instanceId: await hub.restart(request.instanceId, under) }
}

/** Ends orchestrations without asking their code; who holds back is named. */
async function skipGraceful(request: SkipGracefulRequest, call: Call) {
  const { hub, pool } = await call.hub()
  const ids = request.instanceBatch?.instanceIds ?? []
  const refused: string[] = []
  for (const instanceId of ids) {
    try {
      await hub.terminate(instanceId, jsonOf(request.reason))
      pool?.withdraw(instanceId)
    } catch (error) {
      if (!(error instanceof InstanceNotFound) && !(error instanceof InvalidState)) throw error
      refused.push(instanceId)
    }
  }
  return { unterminatedInstanceIds: refused }
}

interface SkipGracefulRequest {
  readonly instanceBatch: { readonly instanceIds: readonly string[] } | null
  readonly reason: Text | null
}

/** What holds already is no failure for portable workers' clients; the host of Functions says so. */
async function unlessSo({ pool }: ServedHub, done: Promise<void>): Promise<void> {
  try {
    await done
  } catch (error) {
    if (!pool || !(error instanceof InvalidState)) throw error
  }
}

/** The output comes as JSON text; anything else counts as a text. */
function jsonOf(text: Text | null): unknown {
  if (!text) return null
  try {
    return JSON.parse(text.value)
  } catch {
    return text.value
  }
}

export const instanceCalls = {
  StartInstance: startInstance,
  GetInstance: getInstance,
  WaitForInstanceStart: waitFor('started'),
  WaitForInstanceCompletion: waitFor('ended'),
  RaiseEvent: raiseEvent,
  TerminateInstance: terminate,
  SuspendInstance: suspend,
  ResumeInstance: resume,
  RewindInstance: rewind,
  RestartInstance: restart,
  SkipGracefulOrchestrationTerminations: skipGraceful,
} satisfies Readonly<Record<string, UnaryMethod>>
