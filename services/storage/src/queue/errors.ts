/** Errors of Queue Storage (REST reference, "Queue Storage error codes"). */
import { storageErrors } from '../protocol/storage-error.ts'

export const queueErrors = storageErrors({
  MessageNotFound: { status: 404, message: 'The specified message does not exist.' },
  PopReceiptMismatch: {
    status: 400,
    message: 'The specified pop receipt did not match the pop receipt for a dequeued message.',
  },
  QueueAlreadyExists: { status: 409, message: 'The specified queue already exists.' },
  QueueNotFound: { status: 404, message: 'The specified queue does not exist.' },
})
