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
