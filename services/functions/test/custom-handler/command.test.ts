import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { splitArguments } from '../../src/worker/custom-command.ts'

for (const [line, expected] of [
  ['', []],
  ['  a\t b ', ['a', 'b']],
  ['"a b" c', ['a b', 'c']],
  ['a"b c"d', ['ab cd']],
  ['""', ['']],
  ['a "" b', ['a', '', 'b']],
  ['\\"quoted\\"', ['"quoted"']],
  ['"say ""hi"""', ['say "hi"']],
  ['C:\\dir\\file', ['C:\\dir\\file']],
  ['"C:\\my dir\\\\" next', ['C:\\my dir\\', 'next']],
  ['a\\\\\\"b', ['a\\"b']],
  ['"not closed', ['not closed']],
] as const) {
  test(`the command line ${line} has ${expected.length} arguments`, () => {
    assert.deepEqual(splitArguments(line), expected)
  })
}

/** As Windows programs quote an argument so that it comes out as it was. */
const quote = (argument: string) =>
  `"${argument.replace(/(\\*)("|$)/g, (_, slashes, end) => slashes + slashes + (end && '\\"'))}"`

test('arguments that are quoted come out as they went in', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', '\t') })
  fc.assert(
    fc.property(fc.array(text), (given) => {
      assert.deepEqual(splitArguments(given.map(quote).join(' ')), given)
    }),
  )
})
