/**
 * The local certificate authority: made at first use in the data folder, so that every listener can speak TLS and
 * clients need to trust one certificate only. One server certificate names all hosts; it grows on demand.
 */
import { join } from 'node:path'
import {
  createSecureContext,
  getCACertificates,
  rootCertificates,
  type SecureContext,
  setDefaultCACertificates,
  type TlsOptions,
} from 'node:tls'
import type { Clock } from '../clock.ts'
import { ensureError } from '../errors.ts'
import { publicMode, replaceFile } from './folder.ts'
import { extendIdentity, type Identity, loadIdentity } from './identity.ts'
import { isLocalName, normalName } from './names.ts'

/** What clients that name arbitrary hosts may make the certificate grow to. */
const maxNames = 200

/**
 * Opens the authority of a data folder (`<dataDir>/tls`), making it and its server certificate where they are
 * missing or about to expire.
 * @throws UserError when the folder is damaged or cannot be written
 */
export async function openAuthority(dataDir: string, clock: Clock): Promise<Authority> {
  const folder = join(dataDir, 'tls')
  return new Authority(folder, clock, await loadIdentity(folder, clock))
}

/** See `openAuthority`. */
export class Authority {
  /** PEM file of the certificate to trust: `NODE_EXTRA_CA_CERTS`, `curl --cacert`. */
  readonly certificatePath: string
  readonly #folder: string
  readonly #clock: Clock
  #identity: Identity
  #context: SecureContext
  /** Changes of the server certificate, one after the other. */
  #changes: Promise<unknown> = Promise.resolve()
  #bundle: Promise<string> | undefined
  #isTrustedHere = false

  constructor(folder: string, clock: Clock, identity: Identity) {
    this.certificatePath = identity.authority.path
    this.#folder = folder
    this.#clock = clock
    this.#identity = identity
    this.#context = contextOf(identity)
  }

  /**
   * What a TLS server on this machine presents: a certificate for `localhost`, `*.localhost`, 127.0.0.1, ::1 and
   * `names`, which it keeps from then on. Host names in any case, or IP addresses.
   * @throws UserError for what is no name, or when the folder cannot be written
   */
  async secureContext(names: readonly string[] = []): Promise<SecureContext> {
    const wanted = names.map(normalName)
    if (!this.#covers(wanted)) await this.#change(wanted)
    return this.#context
  }

  /**
   * Options for `HttpListener`, `tls.createServer` and the like. Hosts below `.localhost` that clients ask for are
   * added to the certificate: OpenSSL and Node.js do not accept `*.localhost` for them.
   */
  async tlsOptions(): Promise<TlsOptions> {
    await this.secureContext()
    return {
      key: this.#identity.server.pem,
      cert: this.#identity.server.pem,
      SNICallback: (name, done) => {
        const hasRoom = this.#identity.server.names.size < maxNames
        this.secureContext(hasRoom && isLocalName(name) ? [name] : []).then(
          (context) => done(null, context),
          (error) => done(ensureError(error)),
        )
      },
    }
  }

  /**
   * PEM file of this authority and all that the system trusts, for programs that can only replace their list
   * (`SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`). Written anew once a process.
   */
  bundlePath(): Promise<string> {
    this.#bundle ??= this.#writeBundle()
    return this.#bundle
  }

  /**
   * Has this process, as a client, trust the authority, too. Costs 20 ms and 4 MB the first time, which is nothing for
   * those who never use TLS to pay.
   */
  trustHere(): void {
    if (this.#isTrustedHere) return
    this.#isTrustedHere = true
    const { certificate } = this.#identity.authority
    setDefaultCACertificates([...getCACertificates('default'), certificate.toString()])
  }

  #covers(names: readonly string[]): boolean {
    const { renewAt, names: covered } = this.#identity.server
    return this.#clock.now() < renewAt && names.every((name) => covered.has(name))
  }

  async #change(names: readonly string[]): Promise<void> {
    const change = this.#changes.then(async () => {
      if (this.#covers(names)) return
      this.#identity = await extendIdentity(this.#folder, this.#clock, this.#identity, names)
      this.#context = contextOf(this.#identity)
    })
    this.#changes = change.catch(() => {})
    await change
  }

  async #writeBundle(): Promise<string> {
    const path = join(this.#folder, 'bundle.pem')
    const system = getCACertificates('system')
    const trusted = [
      this.#identity.authority.certificate.toString(),
      ...(system.length > 0 ? system : rootCertificates),
      ...getCACertificates('extra'),
    ]
    const text = [...new Set(trusted.map((certificate) => `${certificate.trim()}\n`))].join('')
    await replaceFile(path, { text, mode: publicMode })
    return path
  }
}

function contextOf(identity: Identity): SecureContext {
  return createSecureContext({ key: identity.server.pem, cert: identity.server.pem })
}
