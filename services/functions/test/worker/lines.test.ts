import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { readLines } from '../../src/worker/lines.ts'

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const stream = new PassThrough()
  const lines: string[] = []
  readLines(stream, (line) => lines.push(line))
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await finished(stream)
  return lines
}

test('lines are the same wherever the stream is cut, also within a character or a line end', async () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '世', '🌍', ' ') })
  const end = fc.constantFrom('\n', '\r\n')
  const content = fc.array(fc.tuple(line, end))
  await fc.assert(
    fc.asyncProperty(content, fc.array(fc.nat(200)), async (parts, cuts) => {
      const bytes = Buffer.from(parts.map(([text, lineEnd]) => text + lineEnd).join(''))
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
      const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place))
      assert.deepEqual(
        await linesOf(chunks),
        parts.map(([text]) => text),
      )
    }),
  )
})

test('what stands behind the last line end is a line', async () => {
  assert.deepEqual(await linesOf([Buffer.from('one\ntwo')]), ['one', 'two'])
})

test('a line without an end is cut before it fills the memory', async () => {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const lines = await linesOf(Array(40).fill(chunk))
  assert.equal(lines.join('').length, 40 * chunk.length)
  assert.ok(Math.max(...lines.map(({ length }) => length)) <= 2 * 1024 * 1024)
})
