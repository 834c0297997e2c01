/** Names and keys of storage accounts. */
import { UserError } from '@aloft/kernel'

export const developmentAccountName = 'devstoreaccount1'
/** The key that every emulator and SDK knows; no secret. */
export const developmentAccountKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** REST reference, "Naming and referencing": 3 to 24 lower-case letters and digits. */
const nameForm = /^[a-z0-9]{3,24}$/

/** @throws UserError */
export function checkAccountName(name: string): void {
  if (!nameForm.test(name))
    throw new UserError(`'${name}' cannot be the name of a storage account.`, {
      hint: 'Use 3 to 24 lower-case letters and digits.',
    })
}

/** @throws UserError unless `key` is base64 of at least one byte */
export function checkAccountKey(account: string, key: string): void {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || Buffer.from(key, 'base64').toString('base64') !== key)
    throw new UserError(`A key of storage account ${account} is not base64.`, {
      hint: 'Azure makes keys of 64 bytes, which are 88 characters in base64.',
    })
}

/** `host` and `ports` of the three services as clients reach them. */
export interface Endpoints {
  readonly blob: string
  readonly queue: string
  readonly table: string
}

/** What SDKs take; endpoints as in `http://127.0.0.1:10000/devstoreaccount1`. */
export function connectionStringOf(name: string, key: string, endpoints: Endpoints): string {
  const scheme = endpoints.blob.slice(0, endpoints.blob.indexOf(':'))
  return [
    `DefaultEndpointsProtocol=${scheme};AccountName=${name};AccountKey=${key}`,
    `BlobEndpoint=${endpoints.blob};QueueEndpoint=${endpoints.queue};TableEndpoint=${endpoints.table};`,
  ].join(';')
}
