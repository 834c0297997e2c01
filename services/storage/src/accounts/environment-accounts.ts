/** Accounts of `AZURITE_ACCOUNTS`, for those who come from Azurite: `name:key1[:key2];name2:key1`. */
import { UserError } from '@aloft/kernel'
import type { StorageAccount } from '../contracts.ts'
import { checkAccountName } from './account-name.ts'

/** @throws UserError for a name or a key that cannot be */
export function parseAzuriteAccounts(text: string | undefined): StorageAccount[] {
  return (text ?? '')
    .split(';')
    .filter((each) => each.trim() !== '')
    .map(parseAccount)
}

function parseAccount(text: string): StorageAccount {
  const [name = '', key1, key2 = key1, ...rest] = text.trim().split(':')
  if (key1 === undefined || key2 === undefined || rest.length > 0)
    throw new UserError(`AZURITE_ACCOUNTS has an account that cannot be read: '${name}'.`, {
      hint: 'Write name:key, or name:key1:key2, and ; between accounts.',
    })
  checkAccountName(name)
  checkKey(name, key1)
  checkKey(name, key2)
  return { name, keys: [key1, key2] }
}

/** Azurite takes whatever Node decodes: without padding, in the alphabet of URLs. */
function checkKey(account: string, key: string): void {
  if (!/^[\w+/-]+={0,2}$/.test(key) || Buffer.from(key, 'base64').length === 0)
    throw new UserError(`A key of storage account ${account} is not base64.`, {
      hint: 'Azure makes keys of 64 bytes, which are 88 characters in base64.',
    })
}
