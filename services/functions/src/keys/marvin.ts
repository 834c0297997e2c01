/** Marvin32, the checksum by which secret scanners tell Azure's keys from other text. Source: dotnet/runtime `Marvin`. */

/** @param seed 64 bits; @returns 32 bits, unsigned */
export function marvin32(data: Uint8Array, seed: bigint): number {
  const state: State = { low: Number(seed & 0xffffffffn) | 0, high: Number(seed >> 32n) | 0 }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let position = 0
  for (; position + 4 <= data.length; position += 4) {
    state.low = (state.low + view.getInt32(position, true)) | 0
    mix(state)
  }
  let tail = 0x80
  for (let index = data.length - 1; index >= position; index--) tail = (tail << 8) | data[index]!
  state.low = (state.low + tail) | 0
  mix(state)
  mix(state)
  return (state.low ^ state.high) >>> 0
}

interface State {
  low: number
  high: number
}

function mix(state: State): void {
  state.high ^= state.low
  state.low = (rotate(state.low, 20) + state.high) | 0
  state.high = rotate(state.high, 9) ^ state.low
  state.low = (rotate(state.low, 27) + state.high) | 0
  state.high = rotate(state.high, 19)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
