import type { StorageOnDemand } from '@aloft/storage/on-demand'

/** One line of the start: where the services are, or why they are not. */
export function renderStorage(storage: StorageOnDemand | undefined): string {
  if (!storage)
    return 'Storage: not here, since port 10000, 10001 or 10002 is in use; apps use what listens there. --storage-ports chooses others.\n'
  const { blob, queue, table } = storage.ports
  const website = storage.websitePort === undefined ? '' : `, :${storage.websitePort} (website)`
  return `Storage: http://127.0.0.1:${blob} (Blob), :${queue} (Queue), :${table} (Table)${website}\n`
}
