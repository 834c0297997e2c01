/** The storage of this process: opened beside the apps, and left off when its ports belong to somebody else. */
import type { TlsOptions } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import type { Engine } from '@aloft/engine'
import { type Clock, type Logger, UserError } from '@aloft/kernel'
import {
  defaultPorts,
  openStorageOnDemand,
  parseAzuriteAccounts,
  type StorageOnDemand,
  type StoragePorts,
  type TokenPolicy,
  type TrustedIssuer,
} from '@aloft/storage/on-demand'

export interface StorageSettings {
  /** Undefined = those of Azure's emulators, as far as they are free. */
  readonly ports: StoragePorts | undefined
  /** Of the development account's website. @default none */
  readonly websitePort?: number | undefined
  /** @default 'localhost' */
  readonly address: string | undefined
  /** @default those of the issuer of this process */
  readonly tokens: TokenPolicy | undefined
  /** For the blobs of all accounts. @default none of it */
  readonly blobs?: {
    /** Whether what is overwritten or deleted stays as a version. */
    readonly hasVersions: boolean
    /** Undefined = deleted containers are gone at once. */
    readonly containerSoftDeleteDays: number | undefined
    readonly hasChangeFeeds: boolean
  }
}

export interface EmbeddedStorageOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly tls: () => Promise<TlsOptions>
  readonly settings: StorageSettings
  /** Whose tokens open it. */
  readonly issuer?: (TrustedIssuer & { readonly authorizationUri: string }) | undefined
}

/**
 * Undefined when the ports of the emulators are in use: whoever connects to them finds that program.
 * @throws UserError when the ports were asked for and cannot be had, or AZURITE_ACCOUNTS cannot be read
 */
export async function openEmbeddedStorage(
  options: EmbeddedStorageOptions,
): Promise<StorageOnDemand | undefined> {
  const { engine, clock, log, environment, tls, settings, issuer } = options
  const accounts = parseAzuriteAccounts(environment.AZURITE_ACCOUNTS)
  try {
    return await openStorageOnDemand({
      engine,
      clock,
      log: log.child('Host.Storage'),
      tls,
      accounts,
      host: settings.address,
      ports: settings.ports ?? defaultPorts,
      websitePort: settings.websitePort,
      blobs: {
        hasVersions: () => settings.blobs?.hasVersions ?? false,
        containerSoftDeleteDays: () => settings.blobs?.containerSoftDeleteDays,
        hasChangeFeeds: settings.blobs?.hasChangeFeeds ?? false,
      },
      tokens: { level: 'verify', ...settings.tokens, issuers: issuer ? [issuer] : [] },
      ...(issuer && { authorizationUri: issuer.authorizationUri }),
    })
  } catch (error) {
    if (settings.ports || settings.websitePort !== undefined || !isTaken(error)) throw error
    return undefined
  }
}

function isTaken(error: unknown): boolean {
  const { cause } = error as UserError
  return error instanceof UserError && (cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'
}

/** SDKs find storage at the emulators' ports by themselves. */
export function developmentStorageOf(storage: StorageOnDemand | undefined): string | undefined {
  const isElsewhere = storage && !isDeepStrictEqual(storage.ports, defaultPorts)
  return isElsewhere ? storage.developmentConnectionString : undefined
}
