/** A front of its own for a test: real accounts and a real port before operations that only say what they got. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Database, openEngine } from '@aloft/engine'
import { type Clock, HttpListener, Logger, type LogRecord, openAuthority, systemClock } from '@aloft/kernel'
import { Accounts } from '../../src/accounts/accounts.ts'
import { accountsMigration } from '../../src/accounts/schema.ts'
import { ServicePropertiesStore } from '../../src/accounts/service-properties-store.ts'
import type { Access, AccessPolicy, Operation, ServiceName, StorageProtocol } from '../../src/contracts.ts'
import { type TokenPolicy, TokenVerifier } from '../../src/protocol/auth/tokens.ts'
import { sharedOperations } from '../../src/protocol/service-operations.ts'
import { StorageFront } from '../../src/storage-front.ts'

export interface FrontOptions {
  readonly service?: ServiceName
  readonly clock?: Clock
  readonly tokens?: TokenPolicy
  readonly maxDateSkewMs?: number
  /** Instead of one that echoes. */
  readonly operation?: Operation
  readonly access?: Access
  readonly policies?: readonly AccessPolicy[]
  readonly publicAccess?: 'none' | 'blob' | 'container'
}

export interface OpenFront {
  readonly database: Database
  readonly accounts: Accounts
  readonly properties: ServicePropertiesStore
  readonly front: StorageFront
  readonly port: number
  /** Errors that were logged: of the server, not of its clients. */
  readonly faults: readonly LogRecord[]
  /** PEM of the certificate to trust. */
  readonly certificatePath: string
  readonly url: string
  readonly httpsUrl: string
}

/** Everything closes with the test. */
export async function openFront(t: TestContext, options: FrontOptions = {}): Promise<OpenFront> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-storage-'))
  const { clock = systemClock, service = 'blob' } = options
  const faults: LogRecord[] = []
  const log = new Logger(clock, [
    { write: (record) => void (record.level === 'error' && faults.push(record)) },
  ])
  const engine = await openEngine({ directory, clock, log })
  await engine.database.migrate(accountsMigration)
  const accounts = await Accounts.open(engine.database, clock)
  const properties = await ServicePropertiesStore.open(engine.database)
  const front = new StorageFront({
    protocol: echoProtocol(service, options),
    accounts,
    properties,
    shared: sharedOperations(properties, accounts, {}),
    authentication: {
      tokens: new TokenVerifier(options.tokens ?? { level: 'verify', issuers: [] }, clock),
      maxDateSkewMs: options.maxDateSkewMs ?? Number.POSITIVE_INFINITY,
      authorizationUri: 'https://login.example.com/tenant/oauth2/authorize',
    },
    clock,
    log,
  })
  const authority = await openAuthority(directory, systemClock)
  const listener = await HttpListener.open({
    port: 0,
    host: '127.0.0.1',
    handler: front.handler,
    direct: front.direct,
    tls: () => authority.tlsOptions(),
  })
  t.after(async () => {
    await listener.close({ graceMs: 1000 })
    await engine.close()
    await rm(directory, { recursive: true, force: true })
  })
  const at = (scheme: string) => `${scheme}://127.0.0.1:${listener.port}/devstoreaccount1`
  return {
    database: engine.database,
    accounts,
    properties,
    front,
    port: listener.port,
    faults,
    certificatePath: authority.certificatePath,
    url: at('http'),
    httpsUrl: at('https'),
  }
}

/** Containers are the first part of the path; every operation is the same. */
function echoProtocol(service: ServiceName, options: FrontOptions): StorageProtocol {
  const operation: Operation = options.operation ?? {
    name: 'Echo',
    access: options.access ?? { resource: 'o', account: 'r', service: 'r', anonymous: 'blob' },
    async run(request) {
      const bytes = await request.bytes(1_000_000)
      const seen = {
        method: request.method,
        path: request.path,
        identity: request.identity.kind,
        version: request.version,
        endpoint: request.endpoint,
        account: request.account.name,
        isSecondary: request.isSecondary,
        metadata: request.metadata(),
        body: bytes.toString(),
      }
      return {
        status: 200,
        headers: {
          'x-ms-seen': encodeURIComponent(JSON.stringify(seen)),
          'Content-Type': 'application/json',
        },
        body: JSON.stringify(seen),
      }
    },
  }
  return {
    service,
    route: () => operation,
    containerOf: (path) => decodeURIComponent(path.split('/')[1] ?? ''),
    policies: async () => options.policies,
    publicAccess: async () => options.publicAccess ?? 'none',
  }
}
