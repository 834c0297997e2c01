/** The files of an app, by the paths of `/admin/vfs`. */
import type { BigIntStats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/** State of Aloft beside the app: keys are in it. */
const stateFolder = '.aloft'
/** Where Azure has the app's folder. */
const azureRoot = /^\/?(?:home\/)?site\/wwwroot(?=\/|$)/i

/**
 * The absolute path that `path` (decoded, behind `/admin/vfs`) means; undefined when that is no file of the app. It is
 * absolute, or one of Azure's (`/site/wwwroot/…`), or with `isRelative` below `root`.
 */
export function locateFile(root: string, path: string, isRelative: boolean): string | undefined {
  const inside = path.replace(azureRoot, '')
  const isBelow = isRelative || inside !== path || path.replaceAll('/', '') === ''
  const found = isBelow ? join(root, inside) : resolve('/', path)
  return isVisible(root, found) ? stripEnd(found) : undefined
}

/** Whether a file belongs to the app as others see it. */
export function isVisible(root: string, file: string): boolean {
  const inside = relative(root, file)
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return false
  return inside.split(sep)[0]?.toLowerCase() !== stateFolder
}

/** Whether writing to the file, which need not be there yet, changes the app's folder: a link may lead out of it. */
export async function isInPlace(root: string, file: string): Promise<boolean> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    try {
      return isVisible(await realpath(root), await realpath(folder))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === dirname(folder)) throw error
    }
  }
}

export interface FileFacts {
  readonly isFolder: boolean
  readonly size: number
  readonly modifiedAt: Date
  readonly createdAt: Date
  /** Strong; differs when the file has been written. */
  readonly etag: string
}

/** Undefined when there is nothing. */
export async function factsOf(file: string): Promise<FileFacts | undefined> {
  let about: BigIntStats
  try {
    about = await stat(file, { bigint: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
  return {
    isFolder: about.isDirectory(),
    size: Number(about.size),
    modifiedAt: about.mtime,
    createdAt: about.birthtime,
    etag: `"${about.mtimeNs.toString(16)}-${about.size.toString(16)}"`,
  }
}

function stripEnd(path: string): string {
  return path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path
}
