/** How calls fail: numbers of gRPC, which are the contract, and what the engine's refusals are in them. */
import { HubClosed, InstanceExists, InstanceNotFound, InvalidState } from '../engine/errors.ts'

/** `grpc.status`. */
export const statusCodes = {
  cancelled: 1,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  failedPrecondition: 9,
  internal: 13,
  unavailable: 14,
} as const

export interface CallFailure {
  readonly code: number
  readonly details: string
}

/** A call that is refused on purpose. */
export class CallRefused extends Error {
  readonly code: number

  constructor(kind: keyof typeof statusCodes, message: string) {
    super(message)
    this.code = statusCodes[kind]
  }
}

export function failureOfCall(error: Error): CallFailure {
  return { code: codeOf(error), details: error.message }
}

function codeOf(error: Error): number {
  if (error instanceof CallRefused) return error.code
  if (error instanceof InstanceNotFound) return statusCodes.notFound
  if (error instanceof InstanceExists) return statusCodes.alreadyExists
  if (error instanceof InvalidState) return statusCodes.failedPrecondition
  if (error instanceof HubClosed) return statusCodes.unavailable
  return statusCodes.internal
}
