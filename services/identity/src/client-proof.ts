/** How clients prove themselves. Nobody is registered here, so it matters only that they do, and how. */
import type { Clock } from '@aloft/kernel'
import { errors } from './errors.ts'
import type { ClientProof } from './tokens.ts'

interface Credentials {
  get(name: string): string | undefined
}

/** Clocks may differ by so much. */
const leewaySeconds = 300

/**
 * '0' for a client that has neither secret nor assertion.
 * @throws errors.MalformedAssertion, ExpiredAssertion
 */
export async function proofOf(form: Credentials, clock: Clock): Promise<ClientProof> {
  const assertion = form.get('client_assertion')
  if (assertion === undefined) return form.get('client_secret') === undefined ? '0' : '1'
  const { decodeJwt } = await import('jose')
  let times: { readonly exp?: number; readonly nbf?: number }
  try {
    times = decodeJwt(assertion)
  } catch {
    throw errors.MalformedAssertion()
  }
  const now = clock.now() / 1000
  const { exp, nbf = now } = times
  if (typeof exp !== 'number' || now > exp + leewaySeconds || now < nbf - leewaySeconds)
    throw errors.ExpiredAssertion()
  return '2'
}
