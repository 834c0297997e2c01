/** The seams between the rooms of storage: what the common protocol hands to Blob, Queue and Table, and gets back. */
import type { Engine, Transaction } from '@aloft/engine'
import type { Clock, EventPublisher, Logger } from '@aloft/kernel'

export type ServiceName = 'blob' | 'queue' | 'table'

/** A storage account, as requests see it. */
export interface StorageAccount {
  /** 3 to 24 lower-case letters and digits. */
  readonly name: string
  /** Base64, two of them; both are good. */
  readonly keys: readonly [string, string]
}

/** Who asks; what that allows has been checked before an operation runs. */
export type Identity =
  | { readonly kind: 'key' }
  | { readonly kind: 'sas'; readonly sas: SharedAccessSignature }
  /** A token of the local issuer (or a trusted one), with its claims. */
  | { readonly kind: 'bearer'; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly kind: 'anonymous' }

/** The parts of a verified SAS that operations look at. */
export interface SharedAccessSignature {
  readonly kind: 'account' | 'service' | 'user-delegation'
  /** Letters, the stored policy's included. */
  readonly permissions: string
  /** The service SAS's `sr` (`b`, `c`, `bs`, `bv`, `d`), '' for others. */
  readonly resource: string
  /** By name as sent (`rscc`, `spk`, …). */
  readonly parameters: Readonly<Record<string, string>>
}

/** One request, authenticated. */
export interface StorageRequest {
  readonly service: ServiceName
  readonly account: StorageAccount
  /** Through `<account>-secondary`: reads only, but for accounts that follow Azurite. */
  readonly isSecondary: boolean
  /** Upper case; `MERGE` among them. */
  readonly method: string
  /** What follows the account, as sent (percent-encoded), from `/` on; `/` for the account itself. */
  readonly path: string
  /** A query parameter, decoded; names ignore case. `undefined` = absent. */
  query(name: string): string | undefined
  /** A header by its lower-case name. */
  header(name: string): string | undefined
  /**
   * The `x-ms-meta-` headers with the case of their names as sent; checked. @throws StorageError InvalidMetadata,
   * MetadataTooLarge
   */
  metadata(): Readonly<Record<string, string>>
  /** `x-ms-version`, or what stands in for it. */
  readonly version: string
  readonly requestId: string
  readonly clientRequestId: string | undefined
  /** What clients put before the path, without a slash at the end, e.g. `http://127.0.0.1:10000/devstoreaccount1`. */
  readonly endpoint: string
  readonly isEncrypted: boolean
  readonly identity: Identity
  /** Milliseconds since 1970. */
  readonly now: number
  /** `Content-Length`; undefined when chunked. */
  readonly contentLength: number | undefined
  /** The body as it arrives; read once. */
  body(): AsyncIterable<Uint8Array>
  /** The whole body. @throws StorageError RequestBodyTooLarge */
  bytes(maxBytes: number): Promise<Buffer>
  /**
   * Runs a request that came inside this one (in a blob batch, or for the source of a copy): authenticated and
   * authorized by itself; never rejects.
   */
  dispatch(part: RequestPart): Promise<StorageResponse>
}

/** A request inside another. */
export interface RequestPart {
  readonly method: string
  /** With its port. @default as of the request that it came in */
  readonly host?: string
  /** As sent, with the account and the query: `/account/container/blob?comp=tier`, or absolute. */
  readonly target: string
  /** Names and values as sent, by turns. */
  readonly rawHeaders: readonly string[]
}

/** What an operation answers; the common headers (request id, version, date) are added to it. */
export interface StorageResponse {
  readonly status: number
  /** Undefined values are left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** A stream must come with `Content-Length`. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>
}

/**
 * What an operation needs; the key and bearer tokens may do everything that is not refused to them here.
 * Letters: any one of them is enough (REST reference, "Delegate access with a shared access signature").
 */
export interface Access {
  /** What an account SAS must name in `srt`: service, container (queue, table), object. */
  readonly resource: 's' | 'c' | 'o'
  /** Letters of which an account SAS must have one; undefined = no account SAS can. */
  readonly account?: string
  /** Letters of which a service or user-delegation SAS must have one; undefined = none can. */
  readonly service?: string
  /** What anybody may do when the container is public. */
  readonly anonymous?: 'blob' | 'container'
}

/** One operation of a service. */
export interface Operation {
  /** Azure's name, e.g. `PutBlob`; for logs, metrics and docs. */
  readonly name: string
  readonly access: Access | ((request: StorageRequest) => Access | Promise<Access>)
  run(request: StorageRequest): Promise<StorageResponse>
}

/** A stored access policy (`<SignedIdentifier>`). Absent parts come from the SAS. */
export interface AccessPolicy {
  readonly id: string
  readonly start: string | undefined
  readonly expiry: string | undefined
  readonly permissions: string | undefined
}

/**
 * What the common protocol asks of each service. Preflights, Get/Set Service Properties, Get Service Stats and Get
 * User Delegation Key never reach it.
 */
export interface StorageProtocol {
  readonly service: ServiceName
  /** The operation that a request means. @throws StorageError */
  route(request: Omit<StorageRequest, 'identity'>): Operation
  /** The container, queue or table that a path names, decoded; '' for the account. `restype` tells a container from a
   * blob of the root container. */
  containerOf(path: string, restype: string | undefined): string
  /** Stored policies of that; undefined when it does not exist. */
  policies(account: string, container: string): Promise<readonly AccessPolicy[] | undefined>
  /** Who may read it without credentials. */
  publicAccess(account: string, container: string): Promise<'none' | 'blob' | 'container'>
  /** What the account's website answers; everybody may ask. Undefined = the service has none. */
  website?(request: StorageRequest): Promise<StorageResponse>
  /** Makes what new properties need, before they count. */
  prepare?(account: string, properties: ServiceProperties): Promise<void>
}

/** Publishes events in the transaction of the change; Event Grid, when it is there, delivers them. */
export type StorageEvents = EventPublisher<Transaction>

/** What each service is made with: `blobService(context)`, `queueService(context)`, `tableService(context)`. */
export interface ServiceContext {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  readonly events?: StorageEvents | undefined
  /** Soft delete, static website and the like, as last set; at once, from memory. */
  properties(account: string): ServiceProperties
}

/** What the factory of a service gives, or a promise of it. */
export interface ServiceRoom<Store> {
  readonly protocol: StorageProtocol
  /** The domain, for those who call it in process. */
  readonly store: Store
  /** Removes what an account holds; the account itself is gone already. */
  removeAccount?(account: string): Promise<void>
  close?(): Promise<void>
}

export interface RetentionPolicy {
  readonly isEnabled: boolean
  readonly days: number | undefined
}

export interface LoggingProperties {
  readonly version: string
  readonly logsDelete: boolean
  readonly logsRead: boolean
  readonly logsWrite: boolean
  readonly retention: RetentionPolicy
}

export interface MetricsProperties {
  readonly version: string
  readonly isEnabled: boolean
  readonly includesApis: boolean | undefined
  readonly retention: RetentionPolicy
}

export interface CorsRule {
  readonly allowedOrigins: readonly string[]
  readonly allowedMethods: readonly string[]
  readonly allowedHeaders: readonly string[]
  readonly exposedHeaders: readonly string[]
  readonly maxAgeSeconds: number
}

export interface StaticWebsite {
  readonly isEnabled: boolean
  readonly indexDocument: string | undefined
  readonly defaultIndexDocumentPath: string | undefined
  readonly errorDocument404Path: string | undefined
}

/** What Set Service Properties sets; the last three for blobs only. */
export interface ServiceProperties {
  readonly logging: LoggingProperties
  readonly hourMetrics: MetricsProperties
  readonly minuteMetrics: MetricsProperties
  readonly cors: readonly CorsRule[]
  readonly defaultServiceVersion: string | undefined
  readonly deleteRetention: RetentionPolicy
  readonly staticWebsite: StaticWebsite
}
