/** Identity: the token issuer and the managed identities of this installation. */
export { defaultPort, originAt, readPort } from './address-file.ts'
export { developerClientId, developerClientSecret, tenantId } from './directory.ts'
export {
  type IdentityService,
  type IdentityServiceOptions,
  openIdentity,
} from './identity-service.ts'
