import type { StorageService } from '@aloft/storage'

/** One line of the start: where the services are, or why they are not. */
export function renderStorage(storage: StorageService | undefined): string {
  if (!storage?.ports)
    return 'Storage: not here, since port 10000, 10001 or 10002 is in use; apps use what listens there. --storage-ports chooses others.\n'
  const { blob, queue, table } = storage.ports
  return `Storage: http://127.0.0.1:${blob} (Blob), :${queue} (Queue), :${table} (Table)\n`
}
