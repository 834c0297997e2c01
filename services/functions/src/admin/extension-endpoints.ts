/** `/admin/host/extensions…`: extensions are built in, and no bundle is ever downloaded. */
import { emptyReply, jsonReply } from '@aloft/wire/http'
import type { BundleSource } from './bundle/bundle-content.ts'
import { bundleReply } from './bundle/bundle-endpoint.ts'
import { type AdminEndpoint, badRequest, selfUrl } from './endpoint.ts'
import type { AdminTarget } from './target.ts'

const builtIn = 'Triggers and bindings are built in: there is nothing to install or to remove.'

export function extensionEndpoints(target: AdminTarget, bundle: BundleSource): readonly AdminEndpoint[] {
  return [
    {
      method: 'GET',
      pattern: '/admin/host/extensions',
      operation: 'Extensions_List',
      answer: (request) =>
        jsonReply(200, { extensions: [], links: [{ rel: 'self', href: selfUrl(request) }] }),
    },
    {
      method: ['POST', 'PUT'],
      pattern: '/admin/host/extensions',
      operation: 'Extensions_Install',
      answer: () => badRequest(builtIn),
    },
    {
      method: 'DELETE',
      pattern: '/admin/host/extensions/{id}',
      operation: 'Extensions_Delete',
      answer: () => badRequest(builtIn),
    },
    {
      method: 'GET',
      pattern: '/admin/host/extensions/jobs',
      operation: 'Extensions_ListJobs',
      answer: (request) => jsonReply(200, { jobs: [], links: [{ rel: 'self', href: selfUrl(request) }] }),
    },
    {
      method: 'GET',
      pattern: '/admin/host/extensions/jobs/{id}',
      operation: 'Extensions_GetJob',
      answer: () => emptyReply(404),
    },
    {
      method: 'GET',
      pattern: '/admin/host/extensionBundle/v1/{content}',
      operation: 'ExtensionBundle_GetContent',
      answer: ({ params }) => bundleReply(target, bundle, params.content ?? ''),
    },
  ]
}
