/** Values of the protocol as @grpc/proto-loader reads and writes them, and what they are here. */
import type { FailureDetails } from '../contracts.ts'

/** `google.protobuf.StringValue`: null is not the same as an empty text. */
export interface Text {
  readonly value: string
}

export interface Timestamp {
  readonly seconds: number
  readonly nanos: number
}

export function textOf(value: string | null | undefined): Text | null {
  return value === null || value === undefined ? null : { value }
}

/** Empty texts become null: where a name or a version is meant, both say that there is none. */
export function nonEmpty(value: unknown): Text | null {
  return typeof value === 'string' && value !== '' ? { value } : null
}

/** @param ms since 1970 */
export function protoTime(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000)
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) }
}

/** @param iso of a history event */
export function protoTimeOf(iso: unknown): Timestamp | null {
  const ms = typeof iso === 'string' ? Date.parse(iso) : Number.NaN
  return Number.isNaN(ms) ? null : protoTime(ms)
}

/** Milliseconds since 1970; fractions are kept, so that nothing is due too early. */
export function timeOf(time: Timestamp | null | undefined): number | undefined {
  return time ? Number(time.seconds) * 1000 + time.nanos / 1e6 : undefined
}

export interface ProtoFailure {
  readonly errorType: string
  readonly errorMessage: string
  readonly stackTrace: Text | null
  readonly innerFailure: ProtoFailure | null
  readonly isNonRetriable: boolean
  readonly properties?: Readonly<Record<string, ProtoValue>>
}

export function protoFailure(failure: FailureDetails | null | undefined): ProtoFailure | null {
  if (!failure) return null
  const { ErrorType, ErrorMessage, StackTrace, InnerFailure, IsNonRetriable, Properties } = failure
  return {
    errorType: ErrorType,
    errorMessage: ErrorMessage,
    stackTrace: textOf(StackTrace),
    innerFailure: protoFailure(InnerFailure),
    isNonRetriable: IsNonRetriable === true,
    properties: mapValues(Properties ?? {}, protoValue),
  }
}

export function failureFrom(failure: ProtoFailure): FailureDetails {
  const { errorType, errorMessage, stackTrace, innerFailure, isNonRetriable, properties = {} } = failure
  return {
    ErrorType: errorType,
    ErrorMessage: errorMessage,
    StackTrace: stackTrace?.value ?? null,
    InnerFailure: innerFailure ? failureFrom(innerFailure) : null,
    IsNonRetriable: isNonRetriable,
    Properties: Object.keys(properties).length === 0 ? null : mapValues(properties, valueFrom),
  }
}

/** `google.protobuf.Value`. */
export interface ProtoValue {
  readonly nullValue?: number
  readonly numberValue?: number
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly structValue?: { readonly fields: Readonly<Record<string, ProtoValue>> }
  readonly listValue?: { readonly values: readonly ProtoValue[] }
}

function protoValue(value: unknown): ProtoValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'number') return { numberValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (Array.isArray(value)) return { listValue: { values: value.map(protoValue) } }
  if (typeof value !== 'object' || value === null) return { nullValue: 0 }
  return { structValue: { fields: mapValues(value as Record<string, unknown>, protoValue) } }
}

function valueFrom(value: ProtoValue): unknown {
  const { structValue, listValue, stringValue, numberValue, boolValue } = value
  if (structValue) return mapValues(structValue.fields, valueFrom)
  if (listValue) return listValue.values.map(valueFrom)
  return stringValue ?? numberValue ?? boolValue ?? null
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]))
}
