/** What happens to an answer on its way to the client when a proxy stands before what answers. */
import type { Reply } from '@aloft/wire/http'

/** An answer without its body. */
export interface ResponseHead {
  readonly status: number
  /** The reason phrase; undefined = the usual one. */
  readonly reason: string | undefined
  /** Flat: name, value, name, value, …; sending adds to it. */
  readonly headers: string[]
}

export interface RewrittenResponse extends ResponseHead {
  /** What takes the place of the body; undefined = the body stays. */
  readonly body: string | undefined
}

/** Must not change what it is given. */
export type ResponseRewrite = (head: ResponseHead) => RewrittenResponse

/** `rewrite` applied to an answer that is here as a whole. */
export function rewriteReply(reply: Reply, rewrite: ResponseRewrite): Reply {
  const { status, headers, reason } = reply
  const rewritten = rewrite({ status, reason, headers })
  return { ...rewritten, body: rewritten.body ?? reply.body }
}
