/** A disk that a test can fill: a small one in memory where this user may mount it, else an engine that says it is full. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '@aloft/engine'

export interface SmallDisk {
  /** Undefined = anywhere. */
  readonly directory: string | undefined
  readonly wrapEngine: (engine: Engine) => Engine
  fill(): void
  /** Makes room again. */
  free(): void
  remove(): void
}

export function makeSmallDisk(): SmallDisk {
  return mountedDisk() ?? pretendedDisk()
}

function mountedDisk(): SmallDisk | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'aloft-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory], { stdio: 'ignore' })
  } catch {
    // Only root may, and only where there is such a thing.
    rmSync(directory, { recursive: true })
    return undefined
  }
  const ballast = join(directory, 'ballast')
  return {
    directory,
    wrapEngine: (engine) => engine,
    fill() {
      for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2)) while (hasWritten(ballast, size));
    },
    free: () => rmSync(ballast),
    remove() {
      execFileSync('umount', [directory])
      rmSync(directory, { recursive: true })
    },
  }
}

function hasWritten(file: string, size: number): boolean {
  try {
    writeFileSync(file, Buffer.alloc(size, 1), { flag: 'a' })
    return true
  } catch {
    return false
  }
}

function pretendedDisk(): SmallDisk {
  let isFull = false
  return {
    directory: undefined,
    wrapEngine: (engine) => ({
      ...engine,
      database: new Proxy(engine.database, {
        get(database, name) {
          if (name === 'write' && isFull)
            return () => Promise.reject(new Error('Could not write: database or disk is full'))
          const value = Reflect.get(database, name) as unknown
          return typeof value === 'function' ? value.bind(database) : value
        },
      }),
      close: () => engine.close(),
    }),
    fill() {
      isFull = true
    },
    free() {
      isFull = false
    },
    remove() {},
  }
}
