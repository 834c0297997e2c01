/** Where Azurite takes what Azure refuses (the README names each place). */
import { developmentAccountName } from './account-name.ts'

/**
 * Whether requests to an account may do what Azurite lets them do. The account of the emulators follows Azurite, so
 * that what was made with it goes on working; every other one follows Azure.
 */
export function followsAzurite(account: { readonly name: string }): boolean {
  return account.name === developmentAccountName
}
