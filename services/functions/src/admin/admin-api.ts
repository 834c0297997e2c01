/** The admin API of a function app, `/admin/…`. */
import { type Logger, Router, splitTarget } from '@aloft/kernel'
import { emptyReply, textReply } from '@aloft/wire/http'
import type { AdminHandler } from '../http/index.ts'
import type { KeyStore } from '../keys/index.ts'
import type { BundleSource } from './bundle/bundle-content.ts'
import type { AdminEndpoint } from './endpoint.ts'
import { extensionEndpoints } from './extension-endpoints.ts'
import { fileEndpoints } from './files/file-endpoints.ts'
import { functionEndpoints } from './function-endpoints.ts'
import { hostEndpoints } from './host-endpoints.ts'
import { keyEndpoints } from './key-endpoints.ts'
import { logEndpoints } from './log-endpoints.ts'
import type { AdminTarget } from './target.ts'

export interface AdminApiOptions {
  readonly target: AdminTarget
  readonly keys: KeyStore
  readonly bundle: BundleSource
  readonly log: Logger
}

/** Every endpoint; the source of the routes, and of lists of them. */
export function adminEndpoints({ target, keys, bundle, log }: AdminApiOptions): readonly AdminEndpoint[] {
  return [
    ...hostEndpoints(target, log),
    ...functionEndpoints(target, log),
    ...keyEndpoints(target, keys),
    ...logEndpoints(target),
    ...fileEndpoints(target, keys),
    ...extensionEndpoints(target, bundle),
  ]
}

/** Answers admin calls: 404 or 405 for what there is not, 401 without the master key, 503 while the app does not run. */
export function adminApi(options: AdminApiOptions): AdminHandler {
  const router = new Router(adminEndpoints(options))
  return async (call) => {
    const match = router.match(call.request.method ?? 'GET', splitTarget(call.request.url ?? '/').path)
    if (match.kind === 'method not allowed')
      return { status: 405, headers: ['Allow', match.allowed.join(', ')], body: undefined }
    if (match.kind !== 'found') return undefined
    const { access = 'admin', needsRunningApp = false, answer } = match.route
    if (access === 'admin' && !call.isAdmin) return emptyReply(401)
    if (needsRunningApp && options.target.state !== 'Running')
      return textReply(503, 'Function host is not running.')
    return answer({ call, params: match.params })
  }
}
