/** Requests of Data Lake Storage (the `dfs` endpoint), which is not served: those who send them shall know. */
import type { StorageResponse } from '../contracts.ts'
import type { FrontRequest } from './front-request.ts'

const hostForm = /^[^.]+\.dfs\./i
/** What only its operations have in their query. */
const resources = new Set(['account', 'filesystem', 'directory', 'file'])

export function isForDataLake(request: FrontRequest): boolean {
  if (request.service !== 'blob') return false
  const isAsked = request.search.includes('resource=') && resources.has(request.query('resource') ?? '')
  // A host that does not name the account may be called anything.
  const isNamedByHost = request.urlPath === request.path
  return isAsked || (isNamedByHost && hostForm.test(request.host))
}

/** In JSON, as its clients read errors. */
export const dataLakeRefusal: StorageResponse = {
  status: 501,
  headers: { 'Content-Type': 'application/json;charset=utf-8', 'x-ms-error-code': 'NotImplemented' },
  body: JSON.stringify({
    error: {
      code: 'NotImplemented',
      message:
        'The Data Lake Storage endpoint (dfs) and hierarchical namespaces are not part of this storage. Use the Blob endpoint and its clients.',
    },
  }),
}
