/** The few forms of DER (X.690) that a certificate is made of; each function returns the encoded bytes. */

export function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

export function set(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts))
}

/** `[number]` around whole values. */
export function explicit(number: number, ...parts: readonly Buffer[]): Buffer {
  return tagged(0xa0 + number, Buffer.concat(parts))
}

/** `[number]` in place of the type of a primitive value. */
export function implicit(number: number, content: Buffer): Buffer {
  return tagged(0x80 + number, content)
}

/** A number from 0 on, most significant byte first. */
export function unsignedInteger(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const shortest = first === -1 ? Buffer.of(0) : bytes.subarray(first)
  return tagged(0x02, shortest[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), shortest]) : shortest)
}

export function booleanTrue(): Buffer {
  return Buffer.of(0x01, 0x01, 0xff)
}

/** @param unusedBits at the end of the last byte */
export function bitString(content: Buffer, unusedBits = 0): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(unusedBits), content]))
}

export function octetString(content: Buffer): Buffer {
  return tagged(0x04, content)
}

export function utf8String(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text))
}

/** @param dotted e.g. `2.5.29.17` */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** As RFC 5280 (4.1.2.5) wants it: two digits for the year before 2050, four from then on. */
export function time(milliseconds: number): Buffer {
  const iso = new Date(milliseconds).toISOString()
  const text = `${iso.slice(0, 19).replace(/[-:T]/g, '')}Z`
  return iso < '2050' ? tagged(0x17, Buffer.from(text.slice(2))) : tagged(0x18, Buffer.from(text))
}

function tagged(tag: number, content: Buffer): Buffer {
  const length = content.length < 0x80 ? Buffer.of(content.length) : longLength(content.length)
  return Buffer.concat([Buffer.of(tag), length, content])
}

function longLength(length: number): Buffer {
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.of(0x80 + bytes.length, ...bytes)
}

/** Seven bits a byte, the highest bit set on all but the last. */
function base128(value: number): number[] {
  const bytes = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift(0x80 + (rest % 128))
  return bytes
}
