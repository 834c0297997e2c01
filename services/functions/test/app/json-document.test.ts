import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@aloft/kernel'
import fc from 'fast-check'
import { decodeText, locate, parseJsonDocument } from '../../src/app/json-document.ts'

test('comments and trailing commas are welcome', () => {
  const text = '// why\n{ "a": [1, 2,], /* and */ "b": { "c": true, }, }'
  assert.deepEqual(parseJsonDocument(text, 'host.json').value, { a: [1, 2], b: { c: true } })
})

const broken: readonly (readonly [text: string, line: number, column: number, message: RegExp])[] = [
  ['', 1, 1, /expected a value, but found the end of the file/],
  ['{', 1, 2, /expected "}", but found the end of the file/],
  ['{\n  "a" 1\n}', 2, 7, /expected ":", but found `1`/],
  ['{\n  "a": tru\n}', 2, 8, /expected a JSON value, but found `tru`/],
  ['{\n  "a": 1\n  "b": 2\n}', 3, 3, /expected ",", but found `"b"`/],
  ['{ "a": "x\n}', 1, 8, /expected the closing quote of the string/],
  ['[1]', 1, 1, /expected an object .*, but found an array/],
]
for (const [text, line, column, message] of broken) {
  test(`${JSON.stringify(text)} is refused at line ${line}, column ${column}`, () => {
    assert.throws(
      () => parseJsonDocument(text, 'host.json'),
      (error) => {
        assert.ok(error instanceof UserError)
        assert.deepEqual(error.location, { file: 'host.json', line, column })
        assert.match(error.message, message)
        assert.ok(error.message.startsWith(`host.json (line ${line}, column ${column}) is not valid JSON`))
        return true
      },
    )
  })
}

test('a value is found by its path, an absent one by what encloses it', () => {
  const document = parseJsonDocument('{\n  "a": {\n    "b": [1,\n 2]\n  }\n}', 'host.json')
  assert.deepEqual(locate(document, ['a', 'b', 1]), { file: 'host.json', line: 4, column: 2 })
  assert.deepEqual(locate(document, ['a', 'x', 'y']), { file: 'host.json', line: 2, column: 8 })
})

test('byte order marks and UTF-16 are read', () => {
  const text = '{"a":"é"}'
  assert.equal(decodeText(Buffer.from(`\ufeff${text}`, 'utf8')), text)
  assert.equal(decodeText(Buffer.from(`\ufeff${text}`, 'utf16le')), text)
  assert.equal(decodeText(Buffer.from(`\ufeff${text}`, 'utf16le').swap16()), text)
})

test('whatever JSON.parse accepts as an object is accepted with the same value', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(4), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent)
      assert.deepEqual(parseJsonDocument(text, 'host.json').value, JSON.parse(text))
    }),
  )
})

test('broken text is refused with a place inside of the text, never with another error', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '[', '"', 'a', '1', ':', ',', '\n', '\\', '/') }),
      (text) => {
        try {
          parseJsonDocument(text, 'host.json')
        } catch (error) {
          assert.ok(error instanceof UserError, String(error))
          const { line = 0, column = 0 } = error.location ?? {}
          const lines = text.split('\n')
          assert.ok(line >= 1 && line <= lines.length)
          assert.ok(column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1)
        }
      },
    ),
  )
})
