/** `container/name/of/blob` as the user types it. */
import { UserError } from '@aloft/kernel'

export interface BlobPath {
  readonly container: string
  /** '' for the container itself; ends in `/` for a folder. */
  readonly blob: string
}

export function parseBlobPath(text: string): BlobPath {
  const [, container = '', blob = ''] = /^\/?([^/]*)\/?(.*)$/s.exec(text) ?? []
  if (container === '')
    throw new UserError('Which container?', {
      hint: 'Blobs are named CONTAINER/NAME, e.g. photos/2026/boat.jpg.',
    })
  return { container, blob }
}
