import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '@aloft/kernel/testing'
import fc from 'fast-check'
import { parseTemplate } from '../../src/app/binding-template.ts'
import { type BindingData, evaluate } from '../../src/app/expression-value.ts'

const clock = new VirtualClock(Date.UTC(2026, 1, 3, 14, 5, 6, 78))
const environment = { functionName: 'Fn', clock }

function bind(pattern: string, data: BindingData = {}): string {
  const { parts } = parseTemplate(pattern)
  return parts.map((part) => (typeof part === 'string' ? part : evaluate(part, data, environment))).join('')
}

const resolved: readonly (readonly [pattern: string, data: BindingData, text: string])[] = [
  ['', {}, ''],
  ['plain/path.txt', {}, 'plain/path.txt'],
  ['a/{x}-{y}', { x: 'X', y: 'Y' }, 'a/X-Y'],
  ['{NAME}', { name: 'n' }, 'n'],
  ['{order.Customer.id}', { Order: { customer: { ID: 7 } } }, '7'],
  ['{headers.x-forwarded-for}', { Headers: { 'X-Forwarded-For': '1.2.3.4' } }, '1.2.3.4'],
  ['{{x}}', { x: 'no' }, '{x}'],
  ['{{{x}}}', { x: 'yes' }, '{yes}'],
  ['{flag}{other}', { flag: true, other: false }, 'TrueFalse'],
  ['{big}', { big: 12345678901234567890n }, '12345678901234567890'],
  ['[{object}{list}{nothing}]', { object: { a: 1 }, list: [1], nothing: null }, '[]'],
  ['{x:D4}|{x:N0}|{x: }', { x: 1234567 }, '1234567|1,234,567|1234567'],
  ['{when:yyyy}', { when: '2024-12-31T23:00:00Z' }, '2024'],
  ['{when}', { when: '2024-12-31T23:00:00Z' }, '2024-12-31T23:00:00Z'],
  ['{text:yyyy}', { text: 'not a date' }, 'not a date'],
  ['{datetime}', {}, '2026-02-03T14-05-06Z'],
  ['{DateTime:yyyy-MM-dd HH:mm:ss.fff}', {}, '2026-02-03 14:05:06.078'],
  ['{datetime}', { datetime: 'mine' }, 'mine'],
  ['{sys.methodname}/{sys.utcnow:HH}', {}, 'Fn/14'],
  ['{sys.methodname}', { sys: { methodName: 'mine' } }, 'mine'],
  ['{rand-guid}', { 'rand-guid': 'mine' }, 'mine'],
]
for (const [pattern, data, text] of resolved) {
  test(`'${pattern}' with ${Object.keys(data).join() || 'nothing'} becomes '${text}'`, () => {
    assert.equal(bind(pattern, data), text)
  })
}

for (const [format, shape] of [
  ['', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  [':D', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  [':N', /^[0-9a-f]{32}$/],
  [':b', /^\{[0-9a-f-]{36}\}$/],
  [':P', /^\([0-9a-f-]{36}\)$/],
  [':X', /^\{0x[0-9a-f]{8},0x[0-9a-f]{4},0x[0-9a-f]{4},\{(0x[0-9a-f]{2},){7}0x[0-9a-f]{2}\}\}$/],
] as const) {
  test(`a GUID of the form '${format}' is a new one each time`, () => {
    const [first, second] = [bind(`{rand-guid${format}}`), bind(`{rand-guid${format}}`)]
    assert.match(first, shape)
    assert.notEqual(first, second)
    assert.match(bind(`{sys.randguid${format}}`), shape)
  })
}

for (const [pattern, message] of [
  ['{a', "Invalid template '{a'. Missing closing bracket at position 1."],
  ['a}', "Invalid template 'a}'. Missing opening bracket at position 2."],
  ['{a{b}', "Invalid template '{a{b}'. Missing closing bracket at position 1."],
  ['{{{a}}', "Invalid template '{{{a}}'. Missing opening bracket at position 6."],
  ['x{}', "Invalid template 'x{}'. The parameter name at position 2 is empty."],
  ['{1a}', "Invalid template '{1a}'. Invalid template expression '1a'."],
  ['{a b}', "Invalid template '{a b}'. Invalid template expression 'a b'."],
  ['{a..b}', "Invalid template '{a..b}'. Illegal expression: a..b"],
  ['{a-b}', "Invalid template '{a-b}'. The parameter name 'a-b' is invalid."],
  ['{rand-guid:Q}', "Invalid template '{rand-guid:Q}'. A GUID has the formats N, D, B, P and X, not 'Q'."],
] as const) {
  test(`'${pattern}' is refused`, () => {
    assert.throws(() => parseTemplate(pattern), { message })
  })
}

for (const [pattern, data, message] of [
  ['{x}', {}, "No value for named parameter 'x'."],
  ['{x.y}', { y: 1 }, "No value for named parameter 'x'."],
  ['{x.y}', { x: {} }, "Error while accessing 'y': property doesn't exist."],
  ['{x.length}', { x: 'text' }, "Error while accessing 'length': property doesn't exist."],
  ['{x.y.z}', { x: { y: null } }, "Error while accessing 'z': the value is null."],
  ['{toString}', {}, "No value for named parameter 'toString'."],
  ['{n:D2}', { n: 1.5 }, 'The format D takes whole numbers only, not 1.5.'],
] as const) {
  test(`'${pattern}' fails with: ${message}`, () => {
    assert.throws(() => bind(pattern, data), { message })
  })
}

const escapeBraces = (text: string) => text.replaceAll('{', '{{').replaceAll('}', '}}')

test('any text comes back from its escaped form', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a', '/', '%', ':') }), (text) => {
      assert.equal(bind(escapeBraces(text)), text)
    }),
  )
})

test('a template is its literals with the values in between, whatever they hold', () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((text) => text !== 'sys')
  // A literal between expressions cannot begin or end with a brace: `{{{` and `}}}` are read from the left.
  const literal = fc.string().filter((text) => !/[{}]/.test(text))
  const piece = fc.record({ literal, name, value: fc.oneof(fc.string(), fc.integer()) })
  fc.assert(
    fc.property(fc.array(piece), literal, (pieces, end) => {
      const data = Object.fromEntries(pieces.map((item) => [item.name.toUpperCase(), item.value]))
      const pattern = pieces.map((item) => `${item.literal}{${item.name}}`).join('') + end
      const expected = pieces.map((item) => item.literal + data[item.name.toUpperCase()]).join('') + end
      assert.equal(bind(pattern, data), expected)
    }),
  )
})

test('a template either parses or is refused with its own text in the message', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a', '.', '-', ':', '1') }), (pattern) => {
      try {
        parseTemplate(pattern)
      } catch (error) {
        assert.ok(error instanceof Error && error.message.startsWith(`Invalid template '${pattern}'.`))
      }
    }),
  )
})
