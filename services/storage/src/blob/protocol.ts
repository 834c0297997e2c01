/** The Blob service as the common protocol sees it. */
import type { StorageProtocol } from '../contracts.ts'
import type { CopyJobs } from './operations/copy-jobs.ts'
import { blobRouter } from './operations/route.ts'
import { makeWebContainer, serveWebsite } from './operations/website.ts'
import { findContainer, policiesOf } from './store/containers.ts'
import type { BlobContext } from './store/context.ts'
import { containerIn } from './wire/paths.ts'

export function blobProtocol(context: BlobContext, jobs: CopyJobs): StorageProtocol {
  const { database } = context.engine
  return {
    service: 'blob',
    route: blobRouter(context, jobs),
    containerOf: containerIn,
    async policies(account, container) {
      const found = await database.read((snapshot) => findContainer(snapshot, { account, container }))
      return found && policiesOf(found)
    },
    async publicAccess(account, container) {
      const found = await database.read((snapshot) => findContainer(snapshot, { account, container }))
      return found?.access ?? 'none'
    },
    website: (request) => serveWebsite(context, request),
    prepare: (account, { staticWebsite }) => makeWebContainer(context, account, staticWebsite),
  }
}
