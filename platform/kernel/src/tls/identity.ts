/** The keys and certificates in the authority's folder: made, checked, renewed. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { UserError } from '../errors.ts'
import { authorityCertificate, type KeyPair, serverCertificate, type Validity } from './certificate.ts'
import { ensureFolder, privateMode, publicMode, readIfPresent, replaceFile } from './folder.ts'
import { namesOf } from './names.ts'

const dayMs = 86_400_000
const authorityDays = 3650
/** Apple's limit for authorities that the user added is 825. */
const serverDays = 820
const renewalDays = 30
/** Before now, for clients whose clocks are behind. */
const leewayMs = dayMs

const authorityKeyFile = 'ca.key'
const authorityCertificateFile = 'ca.pem'
const serverFile = 'server.pem'

const alwaysNamed = ['localhost', '*.localhost', '127.0.0.1', '::1']

interface AuthorityIdentity {
  /** Where the certificate is. */
  readonly path: string
  readonly keys: KeyPair
  readonly certificate: X509Certificate
}

interface ServerIdentity {
  /** PEM of the certificate and its key in one file, so that they can be replaced in one step. */
  readonly pem: string
  readonly names: ReadonlySet<string>
  /** When it should be replaced, in milliseconds since 1970. */
  readonly renewAt: number
}

/** An authority and the server certificate that it has signed. */
export interface Identity {
  readonly authority: AuthorityIdentity
  readonly server: ServerIdentity
}

/** Reads what is in `folder`; makes what is missing or about to expire. @throws UserError */
export async function loadIdentity(folder: string, clock: Clock): Promise<Identity> {
  await ensureFolder(folder, () => newAuthorityFiles(clock))
  const authority = await loadAuthority(folder, clock)
  const pem = await readIfPresent(join(folder, serverFile))
  const server = pem === undefined ? undefined : parseServer(pem, authority)
  const isGood = server !== undefined && clock.now() < server.renewAt
  return { authority, server: isGood ? server : await issue(folder, clock, authority, server?.names ?? []) }
}

/** Replaces the server certificate by one for the names so far and `names`. @throws UserError */
export async function extendIdentity(
  folder: string,
  clock: Clock,
  { authority, server }: Identity,
  names: readonly string[],
): Promise<Identity> {
  return { authority, server: await issue(folder, clock, authority, [...server.names, ...names]) }
}

async function issue(
  folder: string,
  clock: Clock,
  authority: AuthorityIdentity,
  names: Iterable<string>,
): Promise<ServerIdentity> {
  const keys = newKeyPair()
  const allNames = new Set([...alwaysNamed, ...names])
  const span = validity(clock, serverDays)
  const to = Math.min(span.to, authority.certificate.validToDate.getTime())
  const certificate = serverCertificate(authority.keys, keys.publicKey, [...allNames], { ...span, to })
  const pem = certificate + privatePem(keys)
  await replaceFile(join(folder, serverFile), { text: pem, mode: privateMode })
  return { pem, names: allNames, renewAt: renewAt(to) }
}

function newAuthorityFiles(clock: Clock) {
  const keys = newKeyPair()
  const certificate = authorityCertificate(keys, validity(clock, authorityDays))
  return {
    [authorityKeyFile]: { text: privatePem(keys), mode: privateMode },
    [authorityCertificateFile]: { text: certificate, mode: publicMode },
  }
}

async function loadAuthority(folder: string, clock: Clock): Promise<AuthorityIdentity> {
  const path = join(folder, authorityCertificateFile)
  const certificatePem = await readIfPresent(path)
  const keyPem = await readIfPresent(join(folder, authorityKeyFile))
  if (certificatePem === undefined) throw unusable(folder, `${authorityCertificateFile} is missing`)
  if (keyPem === undefined) throw unusable(folder, `${authorityKeyFile} is missing`)
  const certificate = tryParse(() => new X509Certificate(certificatePem))
  const privateKey = tryParse(() => createPrivateKey(keyPem))
  if (!certificate) throw unusable(folder, `${authorityCertificateFile} is not a certificate`)
  if (!privateKey) throw unusable(folder, `${authorityKeyFile} is not a private key`)
  if (!certificate.ca || !certificate.checkPrivateKey(privateKey))
    throw unusable(folder, `${authorityKeyFile} is not the key of ${authorityCertificateFile}`)
  if (clock.now() > renewAt(certificate.validToDate.getTime()))
    throw unusable(folder, `it expires on ${certificate.validTo}`)
  return { path, keys: { privateKey, publicKey: createPublicKey(privateKey) }, certificate }
}

/** Undefined when it is damaged or another authority's: nobody has to trust it, so it is simply replaced. */
function parseServer(pem: string, authority: AuthorityIdentity): ServerIdentity | undefined {
  return tryParse(() => {
    const certificate = new X509Certificate(pem)
    const isOurs =
      certificate.checkPrivateKey(createPrivateKey(pem)) && certificate.verify(authority.keys.publicKey)
    if (!isOurs) return undefined
    return { pem, names: new Set(namesOf(certificate)), renewAt: renewAt(certificate.validToDate.getTime()) }
  })
}

function tryParse<Result>(parse: () => Result): Result | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}

function unusable(folder: string, reason: string): UserError {
  return new UserError(`The TLS authority in ${folder} cannot be used: ${reason}.`, {
    hint: 'Delete the folder: the next start makes a new authority. Programs that trusted the old one must be told.',
  })
}

function newKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function privatePem(keys: KeyPair): string {
  return keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function validity(clock: Clock, days: number): Validity {
  const from = clock.now() - leewayMs
  return { from, to: from + days * dayMs }
}

function renewAt(expiry: number): number {
  return expiry - renewalDays * dayMs
}
