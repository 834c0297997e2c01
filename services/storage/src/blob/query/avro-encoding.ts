/** Avro's bytes (https://avro.apache.org/docs/1.11.1/specification, "Object Container Files"). */

export function avroText(value: string): Uint8Array {
  const bytes = Buffer.from(value)
  return Buffer.concat([avroLong(bytes.length), bytes])
}

/** Zigzag, seven bits a byte. @param value not negative */
export function avroLong(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value * 2
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** How a file begins. @param sync 16 bytes that stand behind it and behind each block */
export function avroHead(schema: unknown, sync: Uint8Array): Buffer {
  const head = { 'avro.codec': 'null', 'avro.schema': JSON.stringify(schema) }
  const entries = Object.entries(head).flatMap(([name, value]) => [avroText(name), avroText(value)])
  const count = avroLong(Object.keys(head).length)
  return Buffer.concat([Buffer.from('Obj\u0001'), count, ...entries, avroLong(0), sync])
}

/** @param records so many, as `parts` has them one behind the other */
export function avroBlock(records: number, parts: readonly Uint8Array[], sync: Uint8Array): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([avroLong(records), avroLong(size), ...parts, sync])
}
