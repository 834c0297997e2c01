/** host.json `extensions.blobs`. */
import { availableParallelism } from 'node:os'
import { type AppContext, UserError } from '@aloft/kernel'

export interface BlobOptions {
  /** Blobs of the app that functions work on at a time. */
  readonly maxDegreeOfParallelism: number
  /** After so many failures a blob goes to the poison queue. */
  readonly poisonBlobThreshold: number
}

const perProcessor = 8

/** @throws UserError that names the option */
export function readBlobOptions(app: AppContext, processorCount = availableParallelism()): BlobOptions {
  const section = app.extension('blobs')
  return {
    maxDegreeOfParallelism: wholeNumber(section, 'maxDegreeOfParallelism') ?? perProcessor * processorCount,
    poisonBlobThreshold: wholeNumber(section, 'poisonBlobThreshold') ?? 5,
  }
}

function wholeNumber(section: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const key = Object.keys(section).find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  const value = key === undefined ? undefined : (section[key] ?? undefined)
  if (value === undefined) return undefined
  // App settings that override host.json are text.
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number > 0) return number
  throw new UserError(
    `'extensions.blobs.${name}' must be a whole number above 0, but is ${JSON.stringify(value)}.`,
    { hint: 'See host.json.' },
  )
}
