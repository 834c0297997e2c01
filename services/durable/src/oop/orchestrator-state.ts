/**
 * What an orchestrator's invocation leaves: its state, or an error that carries one
 * (azure-functions-durable-extension, `OutOfProcOrchestrationShim`).
 */
import type { FailureDetails } from '../contracts.ts'
import { InvalidWorkerState, type JsonToken } from './worker-action.ts'

export interface OrchestratorState {
  readonly isDone: boolean
  /** Actions as the worker wrote them, in order; V1 groups of several stand for "any of them". */
  readonly actions: readonly unknown[]
  readonly output: JsonToken
  readonly customStatus: JsonToken
  readonly error: string | undefined
  readonly failure: FailureDetails | undefined
  readonly schemaVersion: number
  /** Of the execution, the first action in `actions`; those before it the host has. */
  readonly actionsFrom: number
  /** Keys of timers among those that are cancelled. */
  readonly canceledKeys: readonly unknown[]
  /** How many events the worker has seen, when it has kept the orchestrator; it can go on with those behind them. */
  readonly warm: number | undefined
  /** The worker was asked to go on with an orchestrator that it does not have. */
  readonly isCold: boolean
}

/** Schema numbers: V1 = 0, V2 = 1, V3 = 2, V4 = 3. */
export const replaySchema = { v1: 0, v2: 1, v3: 2, v4: 3 } as const

/**
 * @param value parsed JSON; a text is parsed once more (Python returns one)
 * @throws InvalidWorkerState
 */
export function readOrchestratorState(value: unknown): OrchestratorState {
  const parsed: unknown = typeof value === 'string' ? parse(value) : value
  if (typeof parsed !== 'object' || parsed === null)
    throw new InvalidWorkerState('The orchestrator function returned no state. Is it a generator function?')
  const fields = parsed as Readonly<Record<string, unknown>>
  const schemaVersion = typeof fields.schemaVersion === 'number' ? fields.schemaVersion : replaySchema.v1
  return {
    isDone: fields.isDone === true,
    actions: readActionList(fields.actions, schemaVersion),
    output: fields.output,
    customStatus: fields.customStatus ?? undefined,
    error: typeof fields.error === 'string' ? fields.error : undefined,
    failure: readFailureDetails(fields.failureDetails),
    schemaVersion,
    actionsFrom: typeof fields.actionsFrom === 'number' ? fields.actionsFrom : 0,
    canceledKeys: Array.isArray(fields.canceledKeys) ? fields.canceledKeys : [],
    warm: typeof fields.warm === 'number' ? fields.warm : undefined,
    isCold: fields.isCold === true,
  }
}

/** The label between an exception's text and the state that it carries. */
const stateLabel = '$OutOfProcData$:'

/** The state in the message of a failed invocation; undefined when it carries none. */
export function findFailureState(message: string): OrchestratorState | undefined {
  const start = message.indexOf(stateLabel)
  if (start < 0) return undefined
  const json = firstJsonObject(message, start + stateLabel.length)
  return json === undefined ? undefined : readOrchestratorState(parse(json))
}

/** In PascalCase, as the wire has it. */
export function readFailureDetails(value: unknown): FailureDetails | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Readonly<Record<string, unknown>>
  return {
    ErrorType: typeof fields.ErrorType === 'string' ? fields.ErrorType : 'Error',
    ErrorMessage: typeof fields.ErrorMessage === 'string' ? fields.ErrorMessage : '',
    StackTrace: typeof fields.StackTrace === 'string' ? fields.StackTrace : null,
    InnerFailure: readFailureDetails(fields.InnerFailure) ?? null,
    IsNonRetriable: fields.IsNonRetriable === true,
    Properties:
      typeof fields.Properties === 'object' ? (fields.Properties as Record<string, unknown> | null) : null,
  }
}

function readActionList(value: unknown, schemaVersion: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidWorkerState("The orchestrator's state has no list of actions.")
  const groups: readonly unknown[] = value
  if (schemaVersion === replaySchema.v1) return groups.flatMap(v1Group)
  if (groups.length !== 1 || !Array.isArray(groups[0]))
    throw new InvalidWorkerState(
      `With OOProc schema V${schemaVersion + 1}, expected actions array to be of length 1 in outer layer but got size: ${groups.length}`,
    )
  return groups[0]
}

/** In V1 a group holds all that one yield scheduled; the walk goes on when any of it is there. */
function v1Group(group: unknown): readonly unknown[] {
  if (!Array.isArray(group)) throw new InvalidWorkerState('A group of actions is not a list.')
  return group.length > 1 ? [{ actionType: 'WhenAny', compoundActions: group }] : group
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidWorkerState(`The orchestrator's state is not valid JSON: ${(error as Error).message}`)
  }
}

/** The text of the JSON object that begins at or after `start`: a stack trace may follow it. */
function firstJsonObject(text: string, start: number): string | undefined {
  const open = text.indexOf('{', start)
  if (open < 0) return undefined
  let depth = 0
  let isInString = false
  for (let at = open; at < text.length; at++) {
    const char = text[at]
    if (isInString) {
      if (char === '\\') at++
      else if (char === '"') isInString = false
    } else if (char === '"') isInString = true
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return text.slice(open, at + 1)
  }
  return undefined
}
