/** Workers that are no processes: tests say when they load, fail and end. */
import type { InitializedMessage } from '@aloft/wire'
import type {
  AppConfiguration,
  LaunchedWorker,
  WorkerChannel,
  WorkerChannelListener,
  WorkerLauncher,
} from '../../src/contracts.ts'

export class FakeWorker implements WorkerChannel {
  readonly id: string
  readonly processId: number
  readonly handlesCancel = false
  outstanding = 0
  /** What was asked of it, in order. */
  readonly calls: string[] = []
  readonly initialized = Promise.withResolvers<InitializedMessage>()
  readonly #listener: WorkerChannelListener
  #hasEnded = false

  constructor(processId: number, listener: WorkerChannelListener) {
    this.id = `worker-${processId}`
    this.processId = processId
    this.#listener = listener
  }

  /** The app has been loaded. */
  loaded(message: Partial<InitializedMessage> = {}): void {
    const metadata = {
      runtimeName: 'node',
      runtimeVersion: '',
      workerVersion: '',
      workerBitness: '',
      customProperties: {},
    }
    this.initialized.resolve({ capabilities: {}, functions: [], brokenFiles: [], metadata, ...message })
  }

  /** The process ends. */
  end(code: number | null, signal: string | null = null): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.initialized.reject(new Error(`ended with ${code ?? signal}`))
    this.#listener.exit(code, signal)
  }

  async load(functions: readonly { readonly name: string }[]): Promise<[]> {
    this.calls.push(`load ${functions.map(({ name }) => name)}`)
    return []
  }

  takesRequests(): boolean {
    return false
  }

  invoke(): Promise<never> {
    return Promise.reject(new Error('No function runs here'))
  }

  /** How it answers when it is asked for a sign of life. */
  onPing: () => Promise<void> = () => Promise.resolve()

  ping(): Promise<void> {
    return this.onPing()
  }

  cancel(): void {}

  async terminate(): Promise<void> {
    this.calls.push('terminate')
    this.end(0)
  }

  kill(reason: string): void {
    this.calls.push(`kill: ${reason}`)
    this.end(null, 'SIGKILL')
  }
}

export class FakeLauncher implements WorkerLauncher {
  readonly workers: FakeWorker[] = []
  /** What the next workers do as soon as they are started. */
  onLaunch: (worker: FakeWorker) => void = (worker) => worker.loaded()

  launch(_app: AppConfiguration, listener: WorkerChannelListener): LaunchedWorker {
    const worker = new FakeWorker(this.workers.length + 1, listener)
    this.workers.push(worker)
    worker.initialized.promise.catch(() => {})
    this.onLaunch(worker)
    return { channel: worker, initialized: worker.initialized.promise }
  }
}
