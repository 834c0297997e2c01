/** Watches the files that say which package an app runs. */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type Clock, ensureError, type Timer } from '@aloft/kernel'

/** Whoever copies a file does it in steps. */
const quietMs = 500

export interface PackageWatchOptions {
  /** Absolute paths. */
  readonly files: readonly string[]
  readonly clock: Clock
  /** Called once per burst of changes. */
  readonly onChange: () => void
  readonly onError: (error: Error) => void
}

/** Starts watching; answers with what stops it. A file may be replaced, or not be there yet: its folder is watched. */
export function watchPackage({ files, clock, onChange, onError }: PackageWatchOptions): () => void {
  let timer: Timer | undefined
  const onEvent = (folder: string, name: string | null) => {
    const isOurs = files.some(
      (file) => dirname(file) === folder && (name ?? basename(file)) === basename(file),
    )
    if (!isOurs) return
    timer?.cancel()
    timer = clock.after(quietMs, onChange).unref()
  }
  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder): FSWatcher[] => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => onEvent(folder, name))
      return [watcher.on('error', onError)]
    } catch (error) {
      onError(ensureError(error))
      return []
    }
  })
  return () => {
    timer?.cancel()
    for (const watcher of watchers) watcher.close()
  }
}
