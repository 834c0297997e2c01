/** Whether an identity may run an operation (REST reference, "Delegate access with a shared access signature"). */
import type {
  Access,
  Identity,
  ServiceName,
  SharedAccessSignature,
  StorageProtocol,
} from '../../contracts.ts'
import { generalErrors } from '../general-errors.ts'
import { type Authentication, unauthenticated } from './authenticate.ts'

/** What is asked for. */
export interface AskedRequest {
  readonly service: ServiceName
  readonly method: string
  readonly account: { readonly name: string }
  readonly path: string
  query(name: string): string | undefined
}

/** Undefined, not a promise, when that is decided at once. @throws StorageError, or rejects with it */
export function authorize(
  access: Access,
  identity: Identity,
  request: AskedRequest,
  protocol: StorageProtocol,
  settings: Authentication,
): Promise<void> | undefined {
  switch (identity.kind) {
    case 'key':
    case 'bearer':
      return undefined
    case 'sas':
      if (identity.sas.kind === 'account') authorizeAccountSas(access, identity.sas, request.service)
      else authorizeServiceSas(access, identity.sas)
      return undefined
    case 'anonymous':
      return authorizeAnonymous(access, request, protocol, settings)
  }
}

function authorizeAccountSas(access: Access, sas: SharedAccessSignature, service: ServiceName): void {
  if (!sas.parameters.ss?.includes(service[0]!)) throw generalErrors.AuthorizationServiceMismatch()
  if (!sas.parameters.srt?.includes(access.resource)) throw generalErrors.AuthorizationResourceTypeMismatch()
  requireOneOf(access.account, sas.permissions)
}

function authorizeServiceSas(access: Access, sas: SharedAccessSignature): void {
  const isForBlob = sas.resource !== '' && sas.resource !== 'c'
  if (isForBlob && access.resource !== 'o') throw generalErrors.AuthorizationPermissionMismatch()
  requireOneOf(access.service, sas.permissions)
}

/** @param letters undefined = no signature of this kind can */
function requireOneOf(letters: string | undefined, granted: string): void {
  if (letters === undefined) throw generalErrors.AuthorizationFailure()
  for (const letter of granted) if (letters.includes(letter)) return
  throw generalErrors.AuthorizationPermissionMismatch()
}

async function authorizeAnonymous(
  access: Access,
  request: AskedRequest,
  protocol: StorageProtocol,
  settings: Authentication,
): Promise<void> {
  if (!access.anonymous) throw unauthenticated(settings)
  const { account, method, path } = request
  const container = protocol.containerOf(path, request.query('restype'))
  const allowed = await protocol.publicAccess(account.name, container)
  if (allowed === 'container' || allowed === access.anonymous) return
  // Nobody learns from the answer whether it is there.
  throw method === 'GET' || method === 'HEAD' ? generalErrors.ResourceNotFound() : unauthenticated(settings)
}
