/**
 * What the library sends of a streamed answer. By itself it takes the pieces from the function as fast as they come,
 * whether the connection takes them or not, and goes on when the client has left: an answer without an end would then
 * never end.
 */
import type { ServerResponse } from 'node:http'

/** The name by which the library's file gets it. */
export const answerPiecesModule = 'aloft:answer-pieces'

/** The pieces of `body`, no faster than `response` sends them; the body is cancelled when nobody takes them any more. */
export async function* answerPieces(
  body: ReadableStream<Uint8Array>,
  response: ServerResponse,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  const onClose = () => void reader.cancel(new Error('The client has left.')).catch(() => {})
  if (response.destroyed) onClose()
  else response.once('close', onClose)
  let isWhole = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      yield value
      if (response.writableNeedDrain) await drainedOrClosed(response)
    }
    isWhole = true
  } finally {
    response.off('close', onClose)
    if (!isWhole) await reader.cancel()
  }
}

function drainedOrClosed(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle)
      response.off('close', settle)
      resolve()
    }
    response.on('drain', settle)
    response.on('close', settle)
  })
}
