/** Zip files for tests, sound and otherwise. */
import { ZipWriter } from '@aloft/kernel'

export async function zipOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const zip = new ZipWriter(async (bytes) => pieces.push(bytes))
  for (const [name, content] of Object.entries(files)) await zip.add(name, Buffer.from(content), 'file')
  await zip.end()
  return Buffer.concat(pieces)
}

/** With all that reads `from` reading `to`, which is as long. */
export function patched(zip: Buffer, from: string, to: string): Buffer {
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1')
}

const centralSignature = 'PK\x01\x02'

/** Changes the entry of a file in the list at the end, where readers look. */
export function withEntry(zip: Buffer, name: string, change: (entry: Buffer) => void): Buffer {
  const copy = Buffer.from(zip)
  for (
    let at = copy.indexOf(centralSignature, 0, 'latin1');
    at >= 0;
    at = copy.indexOf(centralSignature, at + 4, 'latin1')
  ) {
    const end = at + 46 + copy.readUInt16LE(at + 28)
    if (copy.toString('utf8', at + 46, end) === name) change(copy.subarray(at, end))
  }
  return copy
}

/** Makes the file a link, to what is its content. */
export function asLink(zip: Buffer, name: string): Buffer {
  return withEntry(zip, name, (entry) => entry.writeUInt32LE((0o120777 << 16) >>> 0, 38))
}
