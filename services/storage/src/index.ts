/** Azure Storage: Blob, Queue and Table, with their accounts, over HTTP and in process. */
export { connectionStringOf, developmentAccountKey, developmentAccountName } from './accounts/account-name.ts'
export type { Accounts, KeyName } from './accounts/accounts.ts'
export { parseAzuriteAccounts } from './accounts/environment-accounts.ts'
export * from './contracts.ts'
export * from './functions/index.ts'
export type { TokenPolicy, TrustedIssuer } from './protocol/auth/tokens.ts'
export { StorageError } from './protocol/storage-error.ts'
export {
  defaultPorts,
  type ListenOptions,
  openStorage,
  type StorageOptions,
  type StoragePorts,
  type StorageService,
} from './storage-service.ts'
