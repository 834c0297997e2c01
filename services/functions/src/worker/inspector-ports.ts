/**
 * Which process has which debugger port. A reload starts the next process of an app beside the old one, and whoever
 * debugs expects it on the same port: the newest has it, and when it ends, the one before gets it back.
 */
import type { Clock } from '@aloft/kernel'
import type { AppConfiguration, WorkerChannelListener } from '../contracts.ts'
import type { InspectorEndpoint } from './inspector-arguments.ts'

/** A process that can listen for a debugger. */
export interface Inspectable {
  /** Opens the port, or closes it (undefined); resolves with where a debugger attaches. Rejects when the process ends. */
  inspect(endpoint: InspectorEndpoint | undefined): Promise<string | undefined>
}

interface Claim {
  readonly channel: Inspectable
  /** The generation of the app; each process of one has a port of its own. */
  readonly app: AppConfiguration
  readonly endpoint: InspectorEndpoint
}

/** A port, and those who want it; the last one has it. */
interface Seat {
  readonly rootDirectory: string
  readonly firstPort: number
  readonly port: number
  readonly claims: Claim[]
}

/** A process that does not let go of its port by then is paused, or busy: the app is loaded without it. */
const patienceMs = 1000

export class InspectorPorts {
  readonly #clock: Clock
  readonly #seats: Seat[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Gives `channel` the first port that no other process of this generation has. Resolves when it listens, or when
   * it is clear that it will do so only later; never rejects.
   */
  async claim(
    channel: Inspectable,
    app: AppConfiguration,
    endpoint: InspectorEndpoint,
    listener: Pick<WorkerChannelListener, 'console'>,
  ): Promise<void> {
    const seat = this.#seatFor(app, endpoint)
    const claim: Claim = { channel, app, endpoint: { ...endpoint, port: seat.port } }
    const previous = seat.claims.at(-1)
    seat.claims.push(claim)
    const free = previous && seat.port !== 0 ? open(previous, undefined) : Promise.resolve(undefined)
    const waiting = new AbortController()
    const tooLong = this.#clock.sleep(patienceMs, waiting.signal).then(
      () => 'held' as const,
      () => undefined,
    )
    const outcome = await Promise.race([free, tooLong])
    waiting.abort()
    if (outcome === 'held') {
      const note = `The debugger's port ${seat.port} goes to the new version as soon as the old one lets go of it; is it paused?`
      listener.console('stdout', note)
      void free.then(() => this.#reopen(seat))
      return
    }
    const url = await open(claim, claim.endpoint)
    if (url === undefined && seat.claims.includes(claim))
      listener.console('stdout', `No debugger can attach; choose another port with --inspect=PORT.`)
  }

  /** The process has ended. */
  release(channel: Inspectable): void {
    for (const seat of this.#seats) {
      const index = seat.claims.findIndex((claim) => claim.channel === channel)
      if (index < 0) continue
      const hadIt = index === seat.claims.length - 1
      seat.claims.splice(index, 1)
      if (hadIt && seat.port !== 0) void this.#reopen(seat)
    }
  }

  /** For a process that runs already: there is no start to wait at. */
  async #reopen({ claims }: Seat): Promise<void> {
    const claim = claims.at(-1)
    if (claim) await open(claim, { ...claim.endpoint, mode: 'run' })
  }

  #seatFor(app: AppConfiguration, { port: firstPort }: InspectorEndpoint): Seat {
    const { rootDirectory } = app.context
    const alike = this.#seats.filter((seat) => seat.firstPort === firstPort)
    const own = alike.find(
      (seat) => seat.rootDirectory === rootDirectory && !seat.claims.some((claim) => claim.app === app),
    )
    if (own) return own
    const port = firstPort === 0 ? 0 : firstPort + alike.length
    const seat: Seat = { rootDirectory, firstPort, port, claims: [] }
    this.#seats.push(seat)
    return seat
  }
}

/** A process that ends meanwhile has no port any more. */
function open({ channel }: Claim, endpoint: InspectorEndpoint | undefined): Promise<string | undefined> {
  return channel.inspect(endpoint).catch(() => undefined)
}
