import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateKey } from '../../src/keys/generate-key.ts'
import { marvin32 } from '../../src/keys/marvin.ts'

test('Marvin32 gives the checksums of the .NET runtime', () => {
  const rows: [bigint, string, bigint][] = [
    [0x4fb61a001bdbccn, '', 0x30ed35c100cd3c7dn],
    [0x4fb61a001bdbccn, 'af', 0x48e73fc77d75ddc1n],
    [0x4fb61a001bdbccn, 'e70f', 0xb5f6e1fc485dbff8n],
    [0x4fb61a001bdbccn, '37f495', 0xf0b07c789b8cf7e8n],
    [0x4fb61a001bdbccn, '8642dc59', 0x7008f2e87e9cf556n],
    [0x804fb61a001bdbccn, 'ab427ea8d10fc7', 0xe203987dba252fb3n],
    [0x804fb61a801bdbccn, '00ff00ff', 0x24eaa279d9a529can],
  ]
  for (const [seed, data, both] of rows) {
    const expected = Number((both >> 32n) ^ (both & 0xffffffffn))
    assert.equal(marvin32(Buffer.from(data, 'hex'), seed), expected, data)
  }
})

test('keys are 56 characters that need no escaping in a URL, with signature and checksum', () => {
  const seeds = { master: 'Master00', system: 'System00', function: 'Functi00' } as const
  for (const [kind, seed] of Object.entries(seeds)) {
    const key = generateKey(kind as keyof typeof seeds)
    assert.match(key, /^[\w-]{44}AzFu[\w-]{6}==$/)
    const bytes = Buffer.from(key, 'base64url')
    const checksum = marvin32(bytes.subarray(0, 36), Buffer.from(seed).readBigUInt64BE())
    assert.equal(bytes.readUInt32LE(36), checksum)
  }
  assert.notEqual(generateKey('master'), generateKey('master'))
})
