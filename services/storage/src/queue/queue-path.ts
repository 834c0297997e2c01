/** Paths of Queue Storage: `/queue`, `/queue/messages`, `/queue/messages/id`. */
import { generalErrors } from '../protocol/general-errors.ts'

export interface QueuePath {
  /** '' for the account. */
  readonly queue: string
  /** `other`: what Queue Storage has nothing at. */
  readonly kind: 'account' | 'queue' | 'messages' | 'message' | 'other'
  /** '' but for a message. */
  readonly messageId: string
}

/** @param path as sent, from the `/` behind the account on */
export function parseQueuePath(path: string): QueuePath {
  const [, first = '', second = '', third = '', ...more] = path.split('/')
  const queue = decode(first)
  if (queue === '') return { queue, kind: second === '' ? 'account' : 'other', messageId: '' }
  if (second === '') return { queue, kind: 'queue', messageId: '' }
  const isMessages = second.toLowerCase() === 'messages' && more.every((part) => part === '')
  if (!isMessages) return { queue, kind: 'other', messageId: '' }
  return { queue, kind: third === '' ? 'messages' : 'message', messageId: decode(third) }
}

function decode(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    throw generalErrors.InvalidUri()
  }
}

/**
 * 3 to 63 lower-case letters, digits and single hyphens (REST reference, "Naming queues and metadata").
 * @throws StorageError InvalidResourceName, OutOfRangeInput
 */
export function checkQueueName(name: string): void {
  if (name.length < 3 || name.length > 63)
    throw generalErrors.OutOfRangeInput({
      message: 'The specified resource name length is not within the permissible limits.',
    })
  if (!isQueueName(name)) throw generalErrors.InvalidResourceName()
}

const nameForm = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/

export function isQueueName(name: string): boolean {
  return nameForm.test(name)
}
