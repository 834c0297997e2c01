/** From what a client asks for (`scope`, `resource`) to the audience of its token. */
import { errors } from './errors.ts'

/** Those of OpenID Connect, which name no resource. */
const openIdScopes = new Set(['openid', 'profile', 'email', 'offline_access', 'address', 'phone'])
const graph = 'https://graph.microsoft.com'
const suffix = '/.default'

export interface Asked {
  /** `aud`. */
  readonly audience: string
  /** Permissions (`scp`) of a user's token: the scopes without their resource. */
  readonly permissions: readonly string[]
}

/**
 * What an application asks for on its own behalf: a resource, or one scope that ends in `/.default`.
 * @throws errors.MissingParameter, ScopeWithoutDefault, SeveralResources
 */
export function askedByApplication(scope: string | undefined, resource: string | undefined): Asked {
  if (resource) return { audience: resource, permissions: [] }
  const scopes = resourceScopes(scope)
  const [first] = scopes
  if (first === undefined) throw errors.MissingParameter({ name: 'scope' })
  if (scopes.length > 1) throw errors.SeveralResources()
  const audience = first.endsWith(suffix) ? first.slice(0, -suffix.length) : ''
  if (audience === '') throw errors.ScopeWithoutDefault({ scope: first })
  return { audience, permissions: [] }
}

/**
 * What is asked for a user. Without a resource it is the one that Entra takes.
 * @throws errors.SeveralResources, InvalidScope
 */
export function askedByUser(scope: string | undefined, resource: string | undefined): Asked {
  if (resource) return { audience: resource, permissions: ['user_impersonation'] }
  const split = resourceScopes(scope).map(splitScope)
  const audiences = new Set(split.map(({ audience }) => audience))
  if (audiences.size > 1) throw errors.SeveralResources()
  const [audience = graph] = audiences
  return { audience, permissions: split.map(({ permission }) => permission) }
}

function resourceScopes(scope: string | undefined): string[] {
  return (scope ?? '').split(' ').filter((each) => each !== '' && !openIdScopes.has(each))
}

/** `https://storage.azure.com/user_impersonation`, `api://<id>/.default`, `User.Read`. */
function splitScope(scope: string): { readonly audience: string; readonly permission: string } {
  if (scope.endsWith(suffix) && scope.length > suffix.length)
    return { audience: scope.slice(0, -suffix.length), permission: 'user_impersonation' }
  const slash = scope.lastIndexOf('/')
  if (slash === -1) return { audience: graph, permission: scope }
  const audience = scope.slice(0, slash)
  const permission = scope.slice(slash + 1)
  if (audience === '' || permission === '') throw errors.InvalidScope({ scope })
  return { audience, permission }
}
