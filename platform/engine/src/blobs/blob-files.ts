import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory } from '../directories.ts'
import { explainWrite } from '../disk-errors.ts'
import { BlobNotFound } from '../errors.ts'
import { DirectorySync } from './directory-sync.ts'

const readChunkBytes = 128 * 1024

/**
 * Bytes in files. New ones are written to `new/`, whose names are durable when a put resolves; once kept they move
 * to a folder named by their key's end. What stands in `new/` when the engine opens was kept or belongs to nobody,
 * so that only this folder has to be looked through after a crash.
 */
export class BlobFiles {
  readonly #directory: string
  readonly #newDirectory: string
  readonly #names: DirectorySync

  constructor(directory: string) {
    this.#directory = directory
    this.#newDirectory = join(directory, 'new')
    makeDirectory(this.#newDirectory)
    this.#names = new DirectorySync(this.#newDirectory)
  }

  /** Begins a new file. */
  async create(key: string): Promise<BlobFileWriter> {
    const path = this.#newPath(key)
    return new BlobFileWriter(await this.#onDisk(() => open(path, 'wx')), path, this.#names)
  }

  /** Moves a file that is kept from now on to its place. One that was deleted meanwhile is fine. */
  async publish(key: string): Promise<void> {
    const [from, to] = [this.#newPath(key), this.#path(key)]
    const isMoved = await unlessMissing(rename(from, to).then(() => true))
    if (isMoved) return
    await mkdir(join(to, '..'), { recursive: true })
    await unlessMissing(rename(from, to))
  }

  /** Deletes a file; one that is not there is fine. */
  async remove(key: string): Promise<void> {
    await this.#atItsPlace(key, (path) => unlink(path).then(() => true))
  }

  /** Keys of the files in `new/`. */
  staged(): Promise<string[]> {
    return readdir(this.#newDirectory)
  }

  /** `length` bytes from `offset`. */
  async *read(key: string, offset: number, length: number): AsyncGenerator<Uint8Array> {
    const handle = await this.#atItsPlace(key, (path) => open(path, 'r'))
    if (!handle) throw new BlobNotFound(key)
    try {
      for (let at = offset; at < offset + length; ) {
        const buffer = Buffer.allocUnsafeSlow(Math.min(readChunkBytes, offset + length - at))
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
        if (bytesRead === 0) throw new Error(`The file of ${key} ends at ${at}, before ${offset + length}`)
        yield buffer.subarray(0, bytesRead)
        at += bytesRead
      }
    } finally {
      await handle.close()
    }
  }

  close(): void {
    this.#names.close()
  }

  /** Undefined when there is no such file. It may move from `new/` to its place between two looks, not back. */
  async #atItsPlace<T>(key: string, action: (path: string) => Promise<T>): Promise<T | undefined> {
    for (const path of [this.#path(key), this.#newPath(key), this.#path(key)]) {
      const result = await unlessMissing(action(path))
      if (result !== undefined) return result
    }
    return undefined
  }

  #path(key: string): string {
    return join(this.#directory, key.slice(-2), key)
  }

  #newPath(key: string): string {
    return join(this.#newDirectory, key)
  }

  async #onDisk<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      throw explainWrite(error, this.#directory)
    }
  }
}

/** A file in the making. After `finish` or `abandon` it is no longer to be used. */
export class BlobFileWriter {
  readonly #handle: FileHandle
  readonly #path: string
  readonly #names: DirectorySync
  #written: Promise<unknown> = Promise.resolve()

  constructor(handle: FileHandle, path: string, names: DirectorySync) {
    this.#handle = handle
    this.#path = path
    this.#names = names
  }

  /** Begins to append `chunks`; resolves when what was appended before has been written. */
  async append(chunks: readonly Uint8Array[]): Promise<void> {
    await this.#written
    this.#written = this.#append(chunks)
    // A failure is met by the next call; until then nobody waits.
    this.#written.catch(() => {})
  }

  /** Resolves when the content and the file's name are on the disk. Rejects with `StorageFailed`. */
  async finish(): Promise<void> {
    try {
      await this.#written
      await Promise.all([this.#handle.datasync(), this.#names.sync()])
      await this.#handle.close()
    } catch (error) {
      throw explainWrite(error, this.#path)
    }
  }

  /** Leaves nothing behind; what cannot be removed now is when the engine opens the next time. */
  async abandon(): Promise<void> {
    await this.#written.catch(() => {})
    await this.#handle.close().catch(() => {})
    await unlink(this.#path).catch(() => {})
  }

  async #append(chunks: readonly Uint8Array[]): Promise<void> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const { bytesWritten } = await this.#handle.writev(chunks)
    if (bytesWritten !== length) throw new Error(`only ${bytesWritten} of ${length} bytes were written`)
  }
}

/** What `action` resolves to; undefined when it finds no file. */
async function unlessMissing<T>(action: Promise<T>): Promise<T | undefined> {
  try {
    return await action
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
