/** How an activity's error reaches its orchestrator (azure-functions-durable-extension, `TaskActivityShim`). */
import type { ActivityResult, FailureDetails } from '../contracts.ts'

/** @param error of the invocation: its message is the user's, its stack the worker's */
export function activityFailure(functionName: string, error: Error): ActivityResult {
  const own = ownDetails(error.message)
  const message = own?.ErrorMessage ?? plainMessage(error.message)
  const reason = `Activity function '${functionName}' failed: ${message}`
  const failure: FailureDetails = own ?? {
    ErrorType: typeOf(error),
    ErrorMessage: message,
    StackTrace: error.stack ?? null,
    InnerFailure: null,
    IsNonRetriable: false,
    Properties: null,
  }
  return { kind: 'failed', reason, details: error.stack ?? message, failure }
}

/** Details that the app's `setExceptionPropertiesProvider` made the SDK write into the message. */
function ownDetails(message: string): FailureDetails | undefined {
  const start = message.indexOf('{"errorType":')
  if (start < 0) return undefined
  try {
    const fields = JSON.parse(message.slice(start)) as Readonly<Record<string, unknown>>
    return {
      ErrorType: String(fields.errorType),
      ErrorMessage: String(fields.errorMessage ?? ''),
      StackTrace: typeof fields.stackTrace === 'string' ? fields.stackTrace : null,
      InnerFailure: null,
      IsNonRetriable: fields.isNonRetriable === true,
      Properties:
        typeof fields.properties === 'object' ? (fields.properties as Record<string, unknown> | null) : null,
    }
  } catch {
    return undefined
  }
}

/** Without what the worker's protocol puts around it. */
function plainMessage(message: string): string {
  return /^Result: Failure\nException: ([\s\S]*?)(?:\nStack: [\s\S]*)?$/.exec(message)?.[1] ?? message
}

/** The first word of a stack tells the class, e.g. `RangeError: …`. */
function typeOf({ stack }: Error): string {
  return /^([A-Za-z_$][\w$.]*)(?=:|\n|$)/.exec(stack ?? '')?.[1] ?? 'Error'
}
