export { defaultKeyName, type KeyScope, masterKeyName } from './key-scope.ts'
export {
  type AccessKey,
  type KeyStore,
  type KeyStoreOptions,
  openKeyRing,
  type StoredKey,
} from './key-store.ts'
export { SystemKeys } from './system-keys.ts'
