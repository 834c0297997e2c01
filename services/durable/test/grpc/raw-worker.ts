/** A worker without an SDK: it shows each work item, and answers as the test says. */
import * as grpc from '@grpc/grpc-js'
import { loadDefinition } from '../../src/grpc/definition.ts'

export interface WorkItem {
  readonly completionToken: string
  readonly healthPing?: object
  readonly orchestratorRequest?: {
    readonly instanceId: string
    readonly pastEvents: readonly object[]
    readonly newEvents: readonly object[]
    readonly requiresHistoryStreaming: boolean
    readonly orchestrationTraceContext: object | null
  }
  readonly activityRequest?: {
    readonly name: string
    readonly taskId: number
    readonly version: { readonly value: string } | null
    readonly tags: Readonly<Record<string, string>>
  }
}

export class RawWorker {
  readonly #client: grpc.Client
  readonly #metadata = new grpc.Metadata()
  readonly #definition: grpc.ServiceDefinition
  readonly #items: WorkItem[] = []
  readonly #readers: ((item: WorkItem) => void)[] = []
  #stream: grpc.ClientReadableStream<WorkItem> | undefined

  static async open(port: number, taskHub: string): Promise<RawWorker> {
    return new RawWorker(port, taskHub, await loadDefinition())
  }

  constructor(port: number, taskHub: string, definition: grpc.ServiceDefinition) {
    this.#client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
    this.#metadata.set('taskhub', taskHub)
    this.#definition = definition
  }

  connect(request: object = {}): void {
    const stream = this.stream<WorkItem>('GetWorkItems', request)
    this.#stream = stream
    stream.on('data', (item: WorkItem) => {
      const reader = this.#readers.shift()
      if (reader) reader(item)
      else this.#items.push(item)
    })
    stream.on('error', () => {})
  }

  /** The next work item, which may be there already. */
  next(): Promise<WorkItem> {
    const item = this.#items.shift()
    if (item) return Promise.resolve(item)
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  /** Items that came and were not asked for. */
  get left(): number {
    return this.#items.length
  }

  disconnect(): void {
    this.#stream?.cancel()
  }

  call<Answer = object>(name: string, request: object): Promise<Answer> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name)
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        (error, answer) => (error ? reject(error) : resolve(answer as Answer)),
      )
    })
  }

  stream<Message>(name: string, request: object): grpc.ClientReadableStream<Message> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name)
    return this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata,
    ) as grpc.ClientReadableStream<Message>
  }

  close(): void {
    this.disconnect()
    this.#client.close()
  }

  #method(name: string) {
    const method = this.#definition[name]
    if (!method) throw new Error(`There is no ${name}`)
    return method
  }
}
