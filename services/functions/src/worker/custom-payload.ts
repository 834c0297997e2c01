/**
 * The JSON form of an invocation (host `ScriptInvocationContextExtensions.GetHttpScriptInvocationContextValue`):
 * objects are objects, everything else is the text of its JSON. Text is therefore in quotes twice.
 */
import { type Clock, newId } from '@aloft/kernel'
import type { InvokeMessage, TypedData } from '@aloft/wire'
import { bindingDataOf, formatExact, isObject, parseExact } from '../app/index.ts'
import type { HttpInvocationInput } from '../contracts.ts'
import type { HandlerFunction } from './custom-function.ts'
import { headersObject, requestObject } from './custom-request-object.ts'

type Values = Record<string, unknown>

/** `{"Data": …, "Metadata": …}` */
export function formatPayload(
  definition: HandlerFunction,
  message: InvokeMessage,
  input: HttpInvocationInput,
  clock: Clock,
): string {
  return formatExact({
    Data: dataOf(definition, message, input),
    Metadata: metadataOf(definition, message, input, clock),
  })
}

/** Every input by its name; what does not exist is the text `null`. */
function dataOf(definition: HandlerFunction, message: InvokeMessage, input: HttpInvocationInput): Values {
  const values: Values = {}
  for (const name of definition.inputs) values[name] = 'null'
  for (const { name, data } of message.inputData)
    values[name] = data.http ? requestObject(data.http, input.rawHeaders) : inputValue(data)
  return values
}

/** The trigger's data without the trigger's value, which is in `Data`. */
function metadataOf(
  { name }: HandlerFunction,
  { triggerMetadata = {}, retryContext }: InvokeMessage,
  input: HttpInvocationInput,
  clock: Clock,
): Values {
  const values: Values = {}
  const add = (key: string, value: unknown) => {
    if (value !== undefined && !/trigger$/i.test(key)) values[key] = value
  }
  for (const [key, value] of Object.entries(bindingDataOf(input))) add(key, metadataValue(value))
  for (const [key, data] of Object.entries(triggerMetadata)) add(key, typedMetadataValue(data))
  const { http } = input.data
  if (http) {
    values.Query = http.query ?? {}
    const headers = Object.entries(headersObject(http, input.rawHeaders))
    values.Headers = Object.fromEntries(headers.map(([header, sent]) => [header, sent.join(',')]))
  }
  values.sys = { MethodName: name, UtcNow: new Date(clock.now()).toISOString(), RandGuid: newId() }
  if (retryContext) values.RetryContext = retryObject(retryContext)
  return values
}

function retryObject({ retryCount, maxRetryCount, exception }: NonNullable<InvokeMessage['retryContext']>) {
  return {
    RetryCount: retryCount,
    MaxRetryCount: maxRetryCount,
    Exception: exception
      ? { ClassName: 'System.Exception', Message: exception.message, StackTraceString: exception.stackTrace }
      : null,
  }
}

function inputValue(data: TypedData): unknown {
  const bytes = data.bytes ?? data.stream
  if (bytes) return base64(bytes)
  return objectOrText(plainValue(data))
}

function objectOrText(value: unknown): unknown {
  return isObject(value) ? value : formatExact(value)
}

/** The value as JSON would have it. */
function plainValue(data: TypedData): unknown {
  if (typeof data.string === 'string') return data.string
  if (typeof data.json === 'string') return parseExact(data.json)
  return (
    data.int ??
    data.double ??
    data.collectionString?.string ??
    data.collectionDouble?.double ??
    data.collectionSint64?.sint64 ??
    data.collectionBytes?.bytes.map(base64) ??
    null
  )
}

/** Undefined for what is left out. Dates alone are in quotes only once. */
function metadataValue(value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  return value instanceof Date ? value.toISOString() : objectOrText(value)
}

/** A date is JSON in a trigger's metadata; what looks like one but came as text is text. */
function typedMetadataValue(data: TypedData): unknown {
  const bytes = data.bytes ?? data.stream
  if (bytes) return base64(bytes)
  const value = plainValue(data)
  const isDate = typeof data.json === 'string' && typeof value === 'string' && isoDate.test(value)
  return isDate ? value : metadataValue(value)
}

const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?$/

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
