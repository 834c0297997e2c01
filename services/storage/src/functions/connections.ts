/** What a storage binding's connection leads to: the storage of this process, or an account elsewhere. */
import { type AppContext, type BindingDefinition, type Connection, UserError } from '@aloft/kernel'
import type { ServiceName } from '../contracts.ts'
import { endpointOf, isDevelopmentStorage, parseConnectionString } from './connection-string.ts'
import type { StorageHost } from './embedded-storage.ts'
import { environmentCredential, type TokenCredential } from './token-credential.ts'

export type StorageConnection =
  | { readonly kind: 'embedded'; readonly account: string }
  | { readonly kind: 'connection-string'; readonly text: string }
  | { readonly kind: 'identity'; readonly url: string; readonly credential: TokenCredential }

export type RemoteConnection = Exclude<StorageConnection, { kind: 'embedded' }>

/** Whose connection string every storage binding uses that names none. */
export const defaultConnection = 'AzureWebJobsStorage'

const developmentAccount = 'devstoreaccount1'
const developmentStorage = 'UseDevelopmentStorage=true'

/** The name of the app setting with the binding's connection. */
export function connectionName(binding: Pick<BindingDefinition, 'connection'>): string {
  return binding.connection?.trim() || defaultConnection
}

/**
 * The connection of that name for one of the services. Without `AzureWebJobsStorage` there is development storage.
 * @param storage undefined when this process has no storage
 * @throws UserError that names the setting
 */
export function resolveStorageConnection(
  app: AppContext,
  name: string,
  service: ServiceName,
  storage: StorageHost | undefined,
): StorageConnection {
  const connection = app.connection(name)
  if (!connection && !isDefault(name))
    throw new UserError(`The storage connection '${name}' does not exist.`, {
      hint: `Make it an app setting, e.g. "${name}": "${developmentStorage}" in local.settings.json.`,
    })
  const text = connection ? connection.connectionString : developmentStorage
  return text === undefined
    ? identityConnection(app, connection!, service, storage)
    : stringConnection(name, text, service, storage)
}

function isDefault(name: string): boolean {
  return /^(?:AzureWebJobs)?Storage$/i.test(name)
}

function stringConnection(
  name: string,
  text: string,
  service: ServiceName,
  storage: StorageHost | undefined,
): StorageConnection {
  const parts = parseConnectionString(text)
  if (!parts)
    throw new UserError(`The app setting '${name}' is no storage connection string.`, {
      hint: `It consists of Key=value pairs, with ; between them; locally it is ${developmentStorage}.`,
    })
  if (isDevelopmentStorage(parts))
    return storage && !parts.DevelopmentStorageProxyUri
      ? { kind: 'embedded', account: developmentAccount }
      : { kind: 'connection-string', text }
  const endpoint = endpointOf(parts, service)
  if (!endpoint)
    throw new UserError(
      `The connection string in the app setting '${name}' leads to no ${service} service.`,
      {
        hint: `It needs AccountName and AccountKey, or ${service[0]!.toUpperCase()}${service.slice(1)}Endpoint.`,
      },
    )
  const account = storage && ownAccount(storage, service, endpoint)
  const key = parts.AccountKey
  // A signature is for the front to judge.
  const isOwn = account && key && storage.accounts.find(account)?.keys.includes(key)
  return isOwn ? { kind: 'embedded', account } : { kind: 'connection-string', text }
}

function identityConnection(
  app: AppContext,
  { name, parts }: Connection,
  service: ServiceName,
  storage: StorageHost | undefined,
): StorageConnection {
  const stated = parts[`${service}ServiceUri`] ?? parts.serviceUri
  const { accountName } = parts
  if (stated === undefined && accountName !== undefined) {
    if (storage?.accounts.find(accountName)) return { kind: 'embedded', account: accountName }
    // It is an emulator's, wherever that is.
    if (accountName === developmentAccount) return { kind: 'connection-string', text: developmentStorage }
  }
  const url = stated ?? (accountName && `https://${accountName}.${service}.core.windows.net`)
  if (!url || !URL.canParse(url))
    throw new UserError(`The connection '${name}' says nowhere where its ${service} service is.`, {
      hint: `Set ${name} to a connection string, or ${name}__${service}ServiceUri to the service's URL.`,
    })
  const account = storage && ownAccount(storage, service, new URL(url))
  if (account && storage.accounts.find(account)) return { kind: 'embedded', account }
  return { kind: 'identity', url, credential: environmentCredential(app, name, parts, url) }
}

/** The account to which a URL leads if its service is the one of this process. */
function ownAccount(storage: StorageHost, service: ServiceName, url: URL): string | undefined {
  if (Number(url.port) !== storage.ports?.[service]) return undefined
  const { hostname } = url
  if (/^(?:127(?:\.\d+){3}|localhost|\[::1\])$/.test(hostname)) return url.pathname.split('/')[1]
  return hostname.endsWith('.localhost') ? hostname.split('.')[0] : undefined
}
