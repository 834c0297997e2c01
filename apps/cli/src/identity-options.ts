/** The options of every command that runs apps, about the issuer of tokens beside them. */
import { UserError } from '@aloft/kernel'
import type { IdentitySettings } from './embedded-identity.ts'

export const identityOptions = {
  'identity-port': {
    kind: 'integer',
    value: 'PORT',
    summary: 'Port of the token issuer (default: 7443 if free); 0 = any free one',
  },
  'no-identity': { kind: 'flag', summary: 'Run without token issuer and managed identity' },
} as const

/** As the command line gives them. */
export interface IdentityStartOptions {
  readonly 'identity-port'?: number
  readonly 'no-identity'?: boolean
}

/** Undefined when there shall be none. @throws UserError */
export function readIdentitySettings(options: IdentityStartOptions): IdentitySettings | undefined {
  if (options['no-identity']) return undefined
  const port = options['identity-port']
  if (port !== undefined && port > 65_535)
    throw new UserError(`${port} is not a port number`, {
      hint: 'Use a number from 1 to 65535 with --identity-port, or 0 for any free port.',
    })
  return { port }
}
