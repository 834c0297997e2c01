/** An issuer of its own for a test, trusted by this process. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type Clock, Logger, type LogRecord, openAuthority, systemClock } from '@aloft/kernel'
import { type IdentityOnDemand, openIdentityOnDemand } from '../src/on-demand.ts'

export interface OpenIdentity {
  readonly identity: IdentityOnDemand
  /** `https://localhost:PORT` */
  readonly origin: string
  readonly directory: string
  /** Faults of the server, not of its clients. */
  readonly faults: readonly LogRecord[]
}

export interface IdentityFacts {
  readonly clock?: Clock
  /** Folder of the state; a new one unless told. */
  readonly directory?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly port?: number | undefined
}

/** Closed with the test. */
export async function openTestIdentity(t: TestContext, facts: IdentityFacts = {}): Promise<OpenIdentity> {
  const directory = facts.directory ?? (await temporaryDirectory(t))
  const { clock = systemClock, environment = { HOME: directory } } = facts
  const faults: LogRecord[] = []
  const log = new Logger(clock, [
    { write: (record) => void (record.level === 'error' && faults.push(record)) },
  ])
  const authority = await openAuthority(directory, systemClock)
  const trusted = readFileSync(authority.certificatePath, 'utf8')
  setDefaultCACertificates([...getCACertificates('default'), trusted])
  const identity = await openIdentityOnDemand({
    dataDirectory: directory,
    clock,
    log,
    environment,
    tls: () => authority.tlsOptions(),
    port: 'port' in facts ? facts.port : 0,
    isHere: (resource) => resource === 'https://storage.azure.com',
  })
  t.after(() => identity.close())
  return { identity, origin: identity.origin, directory, faults }
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-identity-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Posts a form; what comes back is JSON. */
export async function postForm(url: string, form: Readonly<Record<string, string>>, headers = {}) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
