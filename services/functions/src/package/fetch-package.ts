/** Packages at an address (`WEBSITE_RUN_FROM_PACKAGE=<url>`). */
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { type Clock, ensureError, newId } from '@aloft/kernel'
import { fetchSilenceMs, packageLimits } from './limits.ts'
import { openPackage } from './open-package.ts'

/** Fetches the zip file and unpacks it, as `openPackage` does. @throws Error that says what went wrong */
export async function fetchPackage(url: string, directory: string, clock: Clock): Promise<string> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, `${newId()}.zip`)
  try {
    await download(url, file, clock)
    return await openPackage(file, directory)
  } finally {
    await rm(file, { force: true })
  }
}

/** An address without what may be secret in it: signature, user and password. */
export function publicAddress(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

async function download(url: string, file: string, clock: Clock): Promise<void> {
  const silence = new Silence(clock)
  try {
    const response = await request(url, silence.signal)
    if (!response.ok) throw new Error(`it answered ${`${response.status} ${response.statusText}`.trim()}`)
    if (!response.body) throw new Error('it sent nothing')
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>)
    await pipeline(body, (chunks) => counted(chunks, silence), createWriteStream(file), {
      signal: silence.signal,
    })
  } catch (error) {
    throw silence.isOver ? new Error(`it was silent for ${fetchSilenceMs / 1000} seconds`) : error
  } finally {
    silence.end()
  }
}

async function request(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal })
  } catch (thrown) {
    const { message, cause } = ensureError(thrown)
    // What went wrong is behind fetch's own message, and that of several addresses of a name behind a list.
    const reason = cause instanceof AggregateError ? cause.errors[0] : cause
    throw new Error(reason === undefined ? message : ensureError(reason).message)
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, silence: Silence): AsyncGenerator<Uint8Array> {
  let total = 0
  for await (const chunk of chunks) {
    silence.breakIt()
    total += chunk.length
    if (total > packageLimits.maxPackageBytes)
      throw new Error(`it has more than the ${packageLimits.maxPackageBytes} bytes that are allowed`)
    yield chunk
  }
}

/** Aborts when nothing comes for too long. */
class Silence {
  readonly #clock: Clock
  readonly #controller = new AbortController()
  #timer: { cancel(): void }

  constructor(clock: Clock) {
    this.#clock = clock
    this.#timer = this.#wait()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get isOver(): boolean {
    return this.#controller.signal.aborted
  }

  breakIt(): void {
    this.end()
    this.#timer = this.#wait()
  }

  end(): void {
    this.#timer.cancel()
  }

  #wait(): { cancel(): void } {
    return this.#clock.after(fetchSilenceMs, () => this.#controller.abort())
  }
}
