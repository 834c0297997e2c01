/** host.json `extensions.blobs`. */
import { availableParallelism } from 'node:os'
import type { AppContext } from '@aloft/kernel'
import { HostSection } from '../host-section.ts'

export interface BlobOptions {
  /** Blobs of the app that functions work on at a time. */
  readonly maxDegreeOfParallelism: number
  /** After so many failures a blob goes to the poison queue. */
  readonly poisonBlobThreshold: number
}

const perProcessor = 8
const most = 2 ** 31 - 1

/** @throws UserError that names the option */
export function readBlobOptions(app: AppContext, processorCount = availableParallelism()): BlobOptions {
  const section = new HostSection(app, 'blobs')
  return {
    maxDegreeOfParallelism:
      section.wholeNumber('maxDegreeOfParallelism', 1, most) ?? perProcessor * processorCount,
    poisonBlobThreshold: section.wholeNumber('poisonBlobThreshold', 1, most) ?? 5,
  }
}
