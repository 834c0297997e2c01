/** What a key opens. */
import type { KeyLevel } from '../contracts.ts'

export type KeyScope =
  /** The owner's one key. */
  | { readonly kind: 'master' }
  /** Every function of the host. */
  | { readonly kind: 'host' }
  /** The webhooks of an extension, which the key's name tells. */
  | { readonly kind: 'system' }
  | { readonly kind: 'function'; readonly name: string }

/** The name of the owner's key in the admin API. */
export const masterKeyName = '_master'

/** The name of the key that every function and the host have from the start. */
export const defaultKeyName = 'default'

export const levelOfKind: Readonly<Record<KeyScope['kind'], KeyLevel>> = {
  master: 'admin',
  host: 'host',
  system: 'system',
  function: 'function',
}

/** The scope as it is stored; function names ignore case. */
export function scopeId(scope: KeyScope): string {
  return scope.kind === 'function' ? `function/${scope.name.toLowerCase()}` : scope.kind
}
