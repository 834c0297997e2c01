/** Generic workers, started and warmed up before anybody asks, and given to an app on its first use. */
import { type Clock, newId } from '@aloft/kernel'
import type { AppConfiguration, LaunchedWorker, WorkerChannelListener, WorkerLauncher } from '../contracts.ts'
import { splitInspectorArguments } from './inspector-arguments.ts'
import { InspectorPorts } from './inspector-ports.ts'
import { NodeChannel } from './node-channel.ts'
import type { NodeProcessOptions } from './node-process.ts'

export interface StandbyOptions {
  readonly clock: Clock
  readonly workerFile: string
  /** Environment of a process that does not belong to an app yet. */
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  /** How many wait; 0 = none. */
  readonly count: number
  readonly grpcPort: () => number
}

/** Long enough for the app that took the last one to start undisturbed. */
const refillDelayMs = 1000

const nobody: WorkerChannelListener = {
  log() {},
  lentRun: () => ({ end() {} }),
  lentRan() {},
  console() {},
  exit() {},
}

/** Starts Node workers. */
export class StandbyWorkers implements WorkerLauncher {
  readonly #options: StandbyOptions
  readonly #waiting: NodeChannel[] = []
  readonly #inspectorPorts: InspectorPorts
  #isClosed = false

  constructor(options: StandbyOptions) {
    this.#options = options
    this.#inspectorPorts = new InspectorPorts(options.clock)
    this.#refill()
  }

  /**
   * A process of the app's own when it needs another Node.js, arguments or an environment from its first moment, else one from the
   * shelf when there is one.
   */
  launch(app: AppConfiguration, listener: WorkerChannelListener): LaunchedWorker {
    const { inspector, rest: nodeArguments } = splitInspectorArguments(nodeArgumentsOf(app))
    if (!inspector) {
      const { channel, initialize } = this.#prepare(app, nodeArguments, listener)
      return { channel, initialized: initialize() }
    }
    const ports = this.#inspectorPorts
    const { channel, initialize } = this.#prepare(app, nodeArguments, {
      ...listener,
      exit(code, signal) {
        ports.release(channel)
        listener.exit(code, signal)
      },
    })
    return { channel, initialized: ports.claim(channel, app, inspector, listener).then(initialize) }
  }

  #prepare(
    app: AppConfiguration,
    nodeArguments: readonly string[],
    listener: WorkerChannelListener,
  ): { channel: NodeChannel; initialize: () => LaunchedWorker['initialized'] } {
    const executable = app.context.setting('languageWorkers:node:defaultExecutablePath') || undefined
    const isGeneric = !executable && nodeArguments.length === 0 && !app.workerEnvironment.NODE_OPTIONS
    const warm = isGeneric ? this.#waiting.shift() : undefined
    this.#options.clock.after(refillDelayMs, () => this.#refill()).unref()
    if (warm) {
      warm.attach(listener)
      return { channel: warm, initialize: () => warm.specialize(app) }
    }
    const { workerEnvironment, context } = app
    const own = this.#processOptions(workerEnvironment, context.rootDirectory, nodeArguments)
    const options = { ...own, executable }
    const channel = new NodeChannel(options, this.#options.clock, listener)
    return { channel, initialize: () => channel.initialize(app) }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const channel of this.#waiting.splice(0)) channel.kill('the host stops')
  }

  #refill(): void {
    while (!this.#isClosed && this.#waiting.length < this.#options.count) {
      const options = this.#processOptions(this.#options.environment, this.#options.directory, [])
      const channel: NodeChannel = new NodeChannel(options, this.#options.clock, {
        ...nobody,
        exit: () => {
          const index = this.#waiting.indexOf(channel)
          if (index >= 0) this.#waiting.splice(index, 1)
        },
      })
      channel.warmUp()
      this.#waiting.push(channel)
    }
  }

  #processOptions(
    environment: Readonly<Record<string, string>>,
    directory: string,
    nodeArguments: readonly string[],
  ): NodeProcessOptions {
    const { workerFile, grpcPort } = this.#options
    return {
      workerFile,
      workerId: newId(),
      executable: undefined,
      nodeArguments,
      environment,
      directory,
      grpcPort: grpcPort(),
    }
  }
}

/** `languageWorkers__node__arguments`: arguments for `node`, separated by spaces. */
function nodeArgumentsOf(app: AppConfiguration): string[] {
  const text = app.context.setting('languageWorkers:node:arguments') ?? ''
  return text.split(/\s+/).filter((argument) => argument !== '')
}
