/** The token issuer of this process, and the managed identities of its apps. */
import type { TlsOptions } from 'node:tls'
import { type IdentityOnDemand, openIdentityOnDemand } from '@aloft/identity/on-demand'
import type { Clock, Logger } from '@aloft/kernel'
import { isStorageAudience } from '@aloft/storage/on-demand'

export interface IdentitySettings {
  /** 0 = any free one. @default the usual one, as far as it is free */
  readonly port: number | undefined
}

export interface EmbeddedIdentityOptions {
  readonly dataDirectory: string
  readonly clock: Clock
  readonly log: Logger
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly tls: () => Promise<TlsOptions>
  readonly settings: IdentitySettings
  /** Whether this process has storage. */
  hasStorage(): boolean
}

/** @throws UserError when a port that was asked for cannot be had */
export function openEmbeddedIdentity(options: EmbeddedIdentityOptions): Promise<IdentityOnDemand> {
  const { dataDirectory, clock, log, environment, tls, settings, hasStorage } = options
  return openIdentityOnDemand({
    dataDirectory,
    clock,
    log: log.child('Host.Identity'),
    environment,
    tls,
    port: settings.port,
    isHere: (resource) => hasStorage() && isStorageAudience(resource),
  })
}
