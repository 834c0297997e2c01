/** A debugger, as editors are: node's inspector protocol over a WebSocket. */
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

export interface Pause {
  /** File and line (1-based) of the innermost frame. */
  readonly url: string
  readonly line: number
}

/** A session with one process. */
export class Debugger {
  readonly #socket: WebSocket
  readonly #answers = new Map<number, (message: Message) => void>()
  readonly #scripts = new Map<string, string>()
  readonly #pauses: Pause[] = []
  #onPause: (() => void) | undefined
  #next = 1
  /** The process has let go of the session, or ended. */
  readonly closed: Promise<unknown>

  private constructor(socket: WebSocket) {
    this.#socket = socket
    this.closed = once(socket, 'close')
    socket.on('message', (data) => this.#receive(JSON.parse(String(data)) as Message))
  }

  /** Attaches to the process that listens on `port`, found by `/json` as editors do; it may still be starting. */
  static async attach(context: TestContext, port: number): Promise<Debugger> {
    for (;;) {
      const targets = await fetch(`http://127.0.0.1:${port}/json`).then(
        (response) => response.json() as Promise<{ webSocketDebuggerUrl: string }[]>,
        () => [],
      )
      if (targets[0]) {
        const socket = new WebSocket(targets[0].webSocketDebuggerUrl)
        context.after(() => socket.terminate())
        await once(socket, 'open')
        return new Debugger(socket)
      }
      await new Promise((retry) => setTimeout(retry, 10))
    }
  }

  send(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) =>
        error ? reject(new Error(error.message)) : resolve(result),
      )
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  /** The next time that the process pauses, or has paused. */
  async paused(): Promise<Pause> {
    while (this.#pauses.length === 0)
      await new Promise<void>((wake) => {
        this.#onPause = wake
      })
    return this.#pauses.shift()!
  }

  #receive(message: Message): void {
    if (message.id !== undefined) this.#answers.get(message.id)?.(message)
    if (message.method === 'Debugger.scriptParsed') {
      const { scriptId, url } = message.params as { readonly scriptId: string; readonly url: string }
      this.#scripts.set(scriptId, url)
    }
    if (message.method !== 'Debugger.paused') return
    const [frame] = message.params!.callFrames as {
      readonly location: { readonly scriptId: string; readonly lineNumber: number }
    }[]
    const { scriptId, lineNumber } = frame!.location
    this.#pauses.push({ url: this.#scripts.get(scriptId) ?? '', line: lineNumber + 1 })
    this.#onPause?.()
  }
}
