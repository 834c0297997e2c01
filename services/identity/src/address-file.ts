/** Where the issuer of a data folder is: kept, so that the address stays the same and other programs find it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The address for clients that insist on TLS. */
export const defaultPort = 7443

const fileName = 'identity.port'

/** The port that was used last, else the usual one. */
export async function readPort(dataDirectory: string): Promise<number> {
  const text = await readFile(join(dataDirectory, fileName), 'utf8').catch(() => '')
  const port = /^\d{1,5}\n$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : defaultPort
}

export async function writePort(dataDirectory: string, port: number): Promise<void> {
  await writeFile(join(dataDirectory, fileName), `${port}\n`)
}

/** `AZURE_AUTHORITY_HOST` of clients on this machine. */
export function originAt(port: number): string {
  return `https://localhost:${port}`
}
