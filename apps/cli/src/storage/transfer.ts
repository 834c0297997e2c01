/** `aloft storage upload` and `download`: files to blobs and back, in blocks, with their progress. */
import { createReadStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { UserError } from '@aloft/kernel'
import { parseBlobPath } from './blob-path.ts'
import { showProgress } from './progress.ts'
import { asking } from './refusal.ts'
import { fewTries } from './retries.ts'
import { formatBytes } from './sizes.ts'
import type { StorageCall } from './storage-call.ts'

const blockBytes = 4 * 1024 * 1024
const blocksAtOnce = 4

/** `FILE CONTAINER[/NAME]`; a name that ends in `/` is a folder. Makes the container when it is missing. */
export async function upload({ operands, connection, options, context }: StorageCall): Promise<void> {
  const [file, target] = operands
  if (file === undefined || target === undefined)
    throw new UserError('What is to be uploaded, and where to?', {
      hint: 'Usage: aloft storage upload FILE CONTAINER[/NAME]',
    })
  const path = resolve(context.directory, file)
  const facts = await stat(path).catch(() => undefined)
  if (!facts?.isFile()) throw new UserError(`There is no file ${file}`)
  const { container, blob } = parseBlobPath(target)
  const name = blob === '' || blob.endsWith('/') ? blob + basename(path) : blob
  const { ContainerClient } = await import('@azure/storage-blob')
  const client = new ContainerClient(connection, container, fewTries)
  const progress = showProgress(name, facts.size, context)
  await asking(async () => {
    await client.createIfNotExists()
    await client.getBlockBlobClient(name).uploadStream(createReadStream(path), blockBytes, blocksAtOnce, {
      onProgress: ({ loadedBytes }) => progress.update(loadedBytes),
      abortSignal: context.stopSignal(),
      ...(options.contentType && { blobHTTPHeaders: { blobContentType: options.contentType } }),
      // Refuses to replace what is there, unless that is wanted.
      ...(!options.overwrite && { conditions: { ifNoneMatch: '*' } }),
    })
  }).finally(() => progress.end())
  context.terminal.write(`${container}/${name}: ${formatBytes(facts.size)} uploaded\n`)
}

/** `CONTAINER/NAME [FILE]`; without FILE under its own name in this folder, `-` = to standard output. */
export async function download({ operands, connection, options, context }: StorageCall): Promise<void> {
  const [source, file] = operands
  const { container, blob } = parseBlobPath(source ?? '')
  if (blob === '')
    throw new UserError('Which blob?', { hint: 'Usage: aloft storage download CONTAINER/NAME [FILE]' })
  const { ContainerClient } = await import('@azure/storage-blob')
  const client = new ContainerClient(connection, container, fewTries).getBlobClient(blob)
  if (file === '-') return asking(() => print(client, context.terminal.write))
  const path = resolve(context.directory, file ?? basename(blob))
  if (!options.overwrite && (await stat(path).catch(() => undefined)))
    throw new UserError(`${path} is there already`, { hint: 'Name another file, or add --overwrite.' })
  await mkdir(dirname(path), { recursive: true })
  const { contentLength = 0 } = await asking(() => client.getProperties())
  const progress = showProgress(blob, contentLength, context)
  await asking(() =>
    client.downloadToFile(path, 0, undefined, {
      onProgress: ({ loadedBytes }) => progress.update(loadedBytes),
      abortSignal: context.stopSignal(),
    }),
  ).finally(() => progress.end())
  context.terminal.write(`${path}: ${formatBytes(contentLength)} downloaded\n`)
}

type Readable = { download(): Promise<{ readonly readableStreamBody?: NodeJS.ReadableStream | undefined }> }

async function print(client: Readable, write: (text: string) => void): Promise<void> {
  const { readableStreamBody } = await client.download()
  const decoder = new TextDecoder()
  for await (const chunk of readableStreamBody ?? []) write(decoder.decode(chunk as Buffer, { stream: true }))
  write(decoder.decode())
}
