/** So many times frames are gathered after they came in company, before it is tried again to send one at once. */
const gatheredTurns = 16

/**
 * When the host's frames are written; for `FrameWriter`. The first frame of a turn of the event loop goes at once: what
 * else the turn has in store (answers, log lines) would keep the worker waiting. Those behind it go together at the
 * end of the turn. While they come in company, all of them do: a write costs as much as ten frames.
 */
export function frameTurns(): (flush: () => void) => void {
  let hasSent = false
  let toGather = 0
  const endTurn = () => {
    hasSent = false
  }
  return (flush) => {
    if (hasSent) toGather = gatheredTurns
    if (toGather > 0) {
      toGather--
      setImmediate(flush)
      return
    }
    hasSent = true
    setImmediate(endTurn)
    flush()
  }
}
