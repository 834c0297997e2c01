/** Where Azurite and Azure differ about what requests may do, mostly as Azurite takes more (see the README). */
import { developmentAccountName } from './account-name.ts'

/**
 * Whether an account has the rules of Azurite there. That of the emulators has, so that what was made with Azurite goes
 * on working; every other one has those of Azure.
 */
export function followsAzurite(account: { readonly name: string }): boolean {
  return account.name === developmentAccountName
}
