/** The issuer, listening at once, and loaded with the first request: most apps never ask. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TlsOptions } from 'node:tls'
import { type Clock, ensureError, HttpListener, type Logger, UserError } from '@aloft/kernel'
import type { JSONWebKeySet } from 'jose'
import { originAt, readPort, writePort } from './address-file.ts'
import { isOwnIssuer } from './authority.ts'
import { tenantId } from './directory.ts'
import type { IdentityService } from './identity-service.ts'
import { ManagedIdentities } from './managed-identities.ts'

export interface IdentityOptions {
  readonly dataDirectory: string
  readonly clock: Clock
  readonly log: Logger
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly tls: () => Promise<TlsOptions>
  /** 0 = any free one. @default the one that was used last, else 7443; when that is taken, any free one */
  readonly port?: number | undefined
  /** Whether a resource of Azure is served by this process, so that tokens for it are meant for that. */
  isHere(resource: string): boolean
}

const graceMs = 2000

/** @throws UserError when a port that was asked for cannot be had */
export async function openIdentityOnDemand(options: IdentityOptions): Promise<IdentityOnDemand> {
  const identity = new IdentityOnDemand(options)
  await identity.listen()
  return identity
}

/** See `openIdentityOnDemand`. */
export class IdentityOnDemand {
  readonly #options: IdentityOptions
  readonly #apps = new ManagedIdentities()
  #listener: HttpListener | undefined
  #opening: Promise<IdentityService> | undefined

  constructor(options: IdentityOptions) {
    this.#options = options
  }

  /** See `openIdentityOnDemand`. */
  async listen(): Promise<void> {
    const { dataDirectory, port } = this.#options
    const last = await readPort(dataDirectory)
    this.#listener = port === undefined ? await this.#listenNear(last) : await this.#listenAt(port)
    if (this.port !== last) await writePort(dataDirectory, this.port)
  }

  get port(): number {
    return this.#listener?.port ?? 0
  }

  /** Where clients on this machine get tokens: `https://localhost:7443`. */
  get origin(): string {
    return originAt(this.port)
  }

  /** Where services send clients for a token. */
  get authorizationUri(): string {
    return `${this.origin}/${tenantId}/oauth2/authorize`
  }

  /** Whether a token that names it as its issuer is to be verified with `keySet`. */
  isIssuer(issuer: string): boolean {
    return isOwnIssuer(issuer)
  }

  async keySet(): Promise<JSONWebKeySet> {
    const { keySet } = await this.#service()
    return keySet
  }

  /** What makes an app's code find its managed identity, as App Service sets it. */
  settingsOf(app: string): Readonly<Record<'IDENTITY_ENDPOINT' | 'IDENTITY_HEADER', string>> {
    return {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${this.port}/msi/token`,
      IDENTITY_HEADER: this.#apps.headerOf(app),
    }
  }

  async close(): Promise<void> {
    await this.#listener?.close({ graceMs })
    await this.#opening?.catch(() => {})
  }

  async #listenNear(port: number): Promise<HttpListener> {
    try {
      return await this.#listenAt(port)
    } catch (error) {
      if (!isTaken(error)) throw error
      return this.#listenAt(0)
    }
  }

  #listenAt(port: number): Promise<HttpListener> {
    const { clock, log, tls } = this.#options
    return HttpListener.open({
      port,
      portOption: '--identity-port',
      handler: (request, response) => this.#answer(request, response),
      tls,
      log,
      clock,
    })
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#service().then(
      ({ handler }) => handler(request, response),
      (error: unknown) => {
        this.#options.log.error('The token issuer cannot be opened', ensureError(error))
        response.writeHead(500, { 'Content-Length': 0 }).end()
      },
    )
  }

  #service(): Promise<IdentityService> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #open(): Promise<IdentityService> {
    const { openIdentity } = await import('./identity-service.ts')
    const { dataDirectory, clock, log, environment, isHere } = this.#options
    return openIdentity({
      dataDirectory,
      clock,
      log,
      origin: this.origin,
      azure: { isHere, environment, homeDirectory: environment.HOME },
      appOf: (header) => this.#apps.appOf(header),
    })
  }
}

/** Taken, or kept from this user: either way another port will do. */
function isTaken(error: unknown): boolean {
  const { code } = ((error as UserError).cause ?? {}) as NodeJS.ErrnoException
  return error instanceof UserError && (code === 'EADDRINUSE' || code === 'EACCES')
}
