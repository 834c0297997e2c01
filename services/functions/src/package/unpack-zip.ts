/**
 * Unpacks a zip file into a folder. Nothing is written outside of it, whatever the file says: names are checked by yauzl,
 * links are made when all else is there, and what the list of entries promises is added up before anything is written.
 */
import { createWriteStream } from 'node:fs'
import { chmod, mkdir, symlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { Transform, type TransformCallback } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl'
import type { PackageLimits } from './limits.ts'

/** Files that are unpacked at a time. */
const parallelism = 8
const maxLinkBytes = 4096
const madeByUnix = 3
const typeMask = 0o170000
const linkType = 0o120000

/** Nobody is to write to what was unpacked. */
const folderMode = 0o555
const fileMode = 0o444
const executableMode = 0o555

/**
 * Writes the files of the zip file behind `descriptor`, read-only, into `folder`, which must be there and empty.
 * @throws Error that says what is wrong with the zip file
 */
export async function unpackZip(descriptor: number, folder: string, limits: PackageLimits): Promise<void> {
  const zip = await fromFdPromise(descriptor, { autoClose: false, lazyEntries: true })
  const entries = await listEntries(zip, limits)
  const folders = await makeFolders(entries, folder)
  const files = entries.filter((entry) => !isFolder(entry) && !isLink(entry))
  await writeFiles(zip, files, folder)
  for (const entry of entries) if (isLink(entry)) await makeLink(zip, entry, folder)
  for (const each of [...folders].reverse()) await chmod(each, folderMode)
}

async function listEntries(zip: ZipFile, limits: PackageLimits): Promise<readonly Entry[]> {
  if (zip.entryCount > limits.maxEntries)
    throw new Error(`it has ${zip.entryCount} files; ${limits.maxEntries} are allowed`)
  const entries: Entry[] = []
  const names = new Set<string>()
  let total = 0
  for await (const entry of zip.eachEntry()) {
    const { fileName, uncompressedSize } = entry
    if (entry.isEncrypted()) throw new Error(`${fileName} is encrypted`)
    if (!entry.canDecodeFileData()) throw new Error(`${fileName} is compressed by a method that is not known`)
    if (names.has(fileName)) throw new Error(`it has ${fileName} twice`)
    names.add(fileName)
    total += uncompressedSize
    if (total > limits.maxContentBytes)
      throw new Error(`its files have more than the ${limits.maxContentBytes} bytes that are allowed`)
    entries.push(entry)
  }
  return entries
}

/** Answers with all folders, each behind the one that it is in. */
async function makeFolders(entries: readonly Entry[], root: string): Promise<ReadonlySet<string>> {
  const folders = new Set([root])
  const add = async (folder: string): Promise<void> => {
    if (folders.has(folder)) return
    await add(dirname(folder))
    await mkdir(folder)
    folders.add(folder)
  }
  for (const entry of entries) {
    const path = join(root, entry.fileName)
    await add(isFolder(entry) ? path.replace(/[\\/]+$/, '') : dirname(path))
  }
  return folders
}

/** When one cannot be written, those that have been begun are ended, and no other is begun. */
async function writeFiles(zip: ZipFile, files: readonly Entry[], folder: string): Promise<void> {
  const failures: unknown[] = []
  const next = files.values()
  const work = async () => {
    for (const entry of next) {
      if (failures.length > 0) return
      await writeFile(zip, entry, join(folder, entry.fileName)).catch((error: unknown) =>
        failures.push(error),
      )
    }
  }
  await Promise.all(Array.from({ length: parallelism }, work))
  if (failures.length > 0) throw failures[0]
}

async function writeFile(zip: ZipFile, entry: Entry, path: string): Promise<void> {
  const source = await zip.openReadStreamPromise(entry)
  const target = createWriteStream(path, {
    flags: 'wx',
    mode: isExecutable(entry) ? executableMode : fileMode,
  })
  await pipeline(source, new Checksum(entry), target)
}

/** Fails when what passes is not what the list of entries says. */
class Checksum extends Transform {
  readonly #entry: Entry
  #value = 0

  constructor(entry: Entry) {
    super()
    this.#entry = entry
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#value = crc32(chunk, this.#value)
    done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    const { fileName, crc32: expected } = this.#entry
    done(this.#value === expected ? null : new Error(`the checksum of ${fileName} is wrong`))
  }
}

async function makeLink(zip: ZipFile, entry: Entry, root: string): Promise<void> {
  const { fileName, uncompressedSize } = entry
  if (uncompressedSize > maxLinkBytes) throw new Error(`${fileName} is no link`)
  const target = (await buffer(await zip.openReadStreamPromise(entry))).toString()
  const inside = posix.join(posix.dirname(fileName), target)
  if (posix.isAbsolute(target) || inside === '..' || inside.startsWith('../') || target.includes('\0'))
    throw new Error(`${fileName} leads out of it, to ${target}`)
  await symlink(target, join(root, fileName))
}

function isFolder({ fileName }: Entry): boolean {
  return fileName.endsWith('/')
}

/** Undefined when it was made where files have no such thing. */
function unixMode({ versionMadeBy, externalFileAttributes }: Entry): number | undefined {
  const mode = externalFileAttributes >>> 16
  return versionMadeBy >> 8 === madeByUnix && mode !== 0 ? mode : undefined
}

function isLink(entry: Entry): boolean {
  return ((unixMode(entry) ?? 0) & typeMask) === linkType
}

/** A zip file from Windows does not tell: the program of a custom handler must run nevertheless. */
function isExecutable(entry: Entry): boolean {
  const mode = unixMode(entry)
  return mode === undefined || (mode & 0o111) !== 0
}
