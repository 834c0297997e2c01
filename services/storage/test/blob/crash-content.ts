/** Content that tells what it is, in small, middling and large. */

export const testAddress = { account: 'devstoreaccount1', container: 'crash' }

const lengths = [100, 4096, 20_000, 70_000, 200_000]

/** Different for each name and number. */
export function contentOf(name: string, number: number): Buffer {
  return Buffer.alloc(lengths[number % lengths.length]!, `${name} ${number};`)
}

/** Which number that content has; undefined when it is none of these. */
export function numberOf(name: string, content: Buffer): number | undefined {
  const start = content.toString('latin1', 0, 80).slice(name.length + 1)
  const number = Number.parseInt(start, 10)
  if (Number.isNaN(number)) return undefined
  return content.equals(contentOf(name, number)) ? number : undefined
}

/** What is appended as number `number`: now and then more than the database takes into its rows. */
export function lineOf(number: number): string {
  return `${String(number).padStart(7, '0')}${'x'.repeat(number % 5 === 4 ? 20_000 : 10)}\n`
}

/** Block ids of one length, ascending. */
export function blockId(number: number): string {
  return Buffer.from(String(number).padStart(6, '0')).toString('base64')
}

/** Page blobs are written in so many runs, each of one byte. */
export const runsPerBlob = 8
/** The bytes of a run, by the blob's name: in rows of the database, or in files. */
export function runBytes(name: string): number {
  return name.endsWith('small') ? 4096 : 20_480
}
