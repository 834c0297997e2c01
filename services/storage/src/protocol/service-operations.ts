/** Operations on a service as a whole, which Blob, Queue and Table have in common. */
import type { Accounts } from '../accounts/accounts.ts'
import { followsAzurite } from '../accounts/azurite-leniency.ts'
import type { ServicePropertiesStore } from '../accounts/service-properties-store.ts'
import type { Operation, StorageProtocol, StorageRequest } from '../contracts.ts'
import { generalErrors, invalidQuery } from './general-errors.ts'
import { httpDate } from './http-date.ts'
import { mergeServiceProperties, renderServiceProperties } from './service-properties.ts'
import { userDelegationKeyOperation } from './user-delegation-key-operation.ts'

/** Far beyond what the schema can hold. */
const maxBodyBytes = 256 * 1024

/** The shared operation that a request means, if any. */
export type SharedOperations = (request: Omit<StorageRequest, 'identity'>) => Operation | undefined

export function sharedOperations(
  store: ServicePropertiesStore,
  accounts: Accounts,
  protocol: Pick<StorageProtocol, 'prepare'>,
): SharedOperations {
  const getUserDelegationKey = userDelegationKeyOperation(accounts)
  const getProperties: Operation = {
    name: 'GetServiceProperties',
    access: { resource: 's', account: 'r' },
    async run({ account, service }) {
      const body = renderServiceProperties(store.of(account.name, service), service)
      return { status: 200, headers: followsAzurite(account) ? azuriteHeaders : xmlType, body }
    },
  }
  const setProperties: Operation = {
    name: 'SetServiceProperties',
    access: { resource: 's', account: 'w' },
    async run(request) {
      const { account, service } = request
      const body = await request.bytes(maxBodyBytes)
      const properties = mergeServiceProperties(store.of(account.name, service), body)
      await protocol.prepare?.(account.name, properties)
      await store.set(account.name, service, properties)
      return { status: 202 }
    },
  }
  return (request) => {
    const comp = request.query('comp')
    if (request.path !== '/' || request.query('restype') !== 'service') return undefined
    if (comp === 'properties') {
      if (request.method === 'GET') return getProperties
      if (request.method === 'PUT') return setProperties
      throw generalErrors.UnsupportedHttpVerb()
    }
    if (comp === 'userdelegationkey' && request.method === 'POST' && request.service !== 'table')
      return getUserDelegationKey
    return comp === 'stats' && request.method === 'GET' ? getStats : undefined
  }
}

const getStats: Operation = {
  name: 'GetServiceStats',
  access: { resource: 's', account: 'r' },
  async run({ isSecondary, now }) {
    if (!isSecondary) throw invalidQuery('comp', 'stats')
    return {
      status: 200,
      headers: xmlType,
      body: `<?xml version="1.0" encoding="utf-8"?><StorageServiceStats><GeoReplication><Status>live</Status><LastSyncTime>${httpDate(now)}</LastSyncTime></GeoReplication></StorageServiceStats>`,
    }
  },
}

const xmlType = { 'Content-Type': 'application/xml' }
/** Azure sends no `Keep-Alive`; whoever looks for that of Azurite asks this operation. Connections stay longer. */
const azuriteHeaders = { ...xmlType, 'Keep-Alive': 'timeout=5' }
