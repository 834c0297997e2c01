import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { everyKey, keyRangesOf } from '../../src/table/filter/key-ranges.ts'
import { compileFilter } from '../../src/table/filter/predicate.ts'
import type { Filter } from '../../src/table/filter/syntax.ts'
import { type EdmValue, parseFilter } from '../../src/table/index.ts'
import { failsWith } from './table-bench.ts'

const row: Readonly<Record<string, EdmValue>> = {
  PartitionKey: { type: 'String', value: 'p' },
  Name: { type: 'String', value: "O'Neil" },
  Age: { type: 'Int32', value: 5 },
  Big: { type: 'Int64', value: '9007199254740993' },
  Ratio: { type: 'Double', value: 2.5 },
  None: { type: 'Double', value: Number.NaN },
  Active: { type: 'Boolean', value: true },
  Born: { type: 'DateTime', value: '2000-01-01T00:00:00.5Z' },
  Id: { type: 'Guid', value: '01234567-89ab-cdef-0123-456789abcdef' },
  Bytes: { type: 'Binary', value: 'AP8=' },
}

function holds(filter: string): boolean {
  return compileFilter(parseFilter(filter))({ property: (name) => row[name] })
}

const truths = [
  "Name eq 'O''Neil'",
  'Name eq "O\'Neil"',
  "'O''Neil' eq Name",
  "Name gt 'O' and Name lt 'P'",
  "Name ne 'x'",
  'Age eq 5',
  'Age eq 5L',
  'Age eq 5.0',
  'Age lt 5.5',
  '4 lt Age',
  'Age lt Big',
  'Big eq 9007199254740993L',
  'Big ne 9007199254740992L',
  'Big gt 9007199254740992',
  'Ratio ge 2.5e0',
  'not (None eq None)',
  'Active',
  'Active eq true',
  'not Missing',
  'not (Missing eq 1)',
  "Age ne 'five'",
  "Born eq datetime'2000-01-01T00:00:00.5000000Z'",
  "Born gt datetime'2000-01-01T00:00:00Z'",
  "Born lt datetime'2000-01-01T01:00:00.6+01:00'",
  "Id eq guid'01234567-89AB-CDEF-0123-456789ABCDEF'",
  "Bytes eq X'00ff'",
  "Bytes gt binary'00fe'",
  "PartitionKey eq 'p' AND (Age EQ 6 OR not (Age eq 6))",
  '  ( ( Age eq 5 ) )\t',
  'Age eq 6 and Age eq 6 or Age eq 5',
  "Name eq '' or Active",
  'true',
]

for (const filter of truths) test(`holds: ${filter}`, () => assert.equal(holds(filter), true))

const falsehoods = [
  'Missing eq 1',
  'Missing ne 1',
  "Age eq '5'",
  'Name eq 5',
  'None eq None',
  'not Active',
  'Age',
  "Bytes eq X''",
  'Active and Missing',
  'false',
]

for (const filter of falsehoods) test(`does not hold: ${filter}`, () => assert.equal(holds(filter), false))

const malformed = [
  'Age eq',
  'eq 5',
  'Age eq 5 and',
  '(Age eq 5',
  'Age eq 5)',
  "Name eq 'open",
  'Age = 5',
  'Age eq 5 Name eq 6',
  '1 eq 1',
  '(1)',
  'true and true',
  "Born eq datetime'now'",
  "Id eq guid'5'",
  "Bytes eq X'0'",
  "Age eq foo'5'",
  'Age eq not',
  'a.b eq 5',
  `${'('.repeat(10_000)}Age eq 5${')'.repeat(10_000)}`,
]

for (const filter of malformed)
  test(`is refused: ${filter.slice(0, 40)}`, () => {
    assert.throws(() => parseFilter(filter), failsWith('InvalidInput'))
  })

test('a chain of thousands of alternatives is no problem', () => {
  const filter = Array.from({ length: 5000 }, (_, index) => `Age eq ${index}`).join(' or ')
  assert.equal(holds(filter), true)
})

/** Random filters over few names and values, as text and as a naive decision about a row. */
interface Sample {
  readonly text: string
  readonly decide: (row: Readonly<Record<string, string | number | undefined>>) => boolean
}

const texts = fc.constantFrom('', 'a', 'b', 'ba', 'c')
const comparisons: fc.Arbitrary<Sample> = fc
  .record({
    name: fc.constantFrom('PartitionKey', 'RowKey', 'Age'),
    operator: fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'),
    value: fc.oneof(texts, fc.integer({ min: 0, max: 3 })),
    isMirrored: fc.boolean(),
  })
  .map(({ name, operator, value, isMirrored }) => {
    const literal = typeof value === 'string' ? `'${value}'` : String(value)
    return {
      text: isMirrored ? `${literal} ${operator} ${name}` : `${name} ${operator} ${literal}`,
      decide: (entity) => {
        const own = entity[name]
        return isMirrored ? naive(operator, value, own) : naive(operator, own, value)
      },
    }
  })

type Naive = string | number | undefined

function naive(operator: string, one: Naive, other: Naive): boolean {
  if (one === undefined || other === undefined) return false
  if (typeof one !== typeof other) return operator === 'ne'
  if (operator === 'eq') return one === other
  if (operator === 'ne') return one !== other
  if (operator === 'gt') return one > other
  if (operator === 'ge') return one >= other
  return operator === 'lt' ? one < other : one <= other
}

const { filters } = fc.letrec<{ filters: Sample }>((tie) => ({
  filters: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    comparisons,
    fc.tuple(tie('filters'), tie('filters')).map(([one, other]) => ({
      text: `(${one.text}) and ${other.text.includes(' or ') ? `(${other.text})` : other.text}`,
      decide: (entity: Parameters<Sample['decide']>[0]) => one.decide(entity) && other.decide(entity),
    })),
    fc.tuple(tie('filters'), tie('filters')).map(([one, other]) => ({
      text: `${one.text} or ${other.text}`,
      decide: (entity: Parameters<Sample['decide']>[0]) => one.decide(entity) || other.decide(entity),
    })),
    tie('filters').map((one) => ({
      text: `not (${one.text})`,
      decide: (entity: Parameters<Sample['decide']>[0]) => !one.decide(entity),
    })),
  ),
}))

const rows = fc.record({
  PartitionKey: texts,
  RowKey: texts,
  Age: fc.option(fc.oneof(fc.integer({ min: 0, max: 3 }), texts), { nil: undefined }),
})

test('a filter decides as a naive reading of it does', () => {
  fc.assert(
    fc.property(filters, fc.array(rows, { minLength: 1 }), (sample, entities) => {
      const predicate = compileFilter(parseFilter(sample.text))
      for (const entity of entities)
        assert.equal(predicate({ property: (name) => edmOf(entity, name) }), sample.decide(entity))
    }),
    { numRuns: 500 },
  )
})

function edmOf(entity: Readonly<Record<string, Naive>>, name: string): EdmValue | undefined {
  const value = entity[name]
  if (value === undefined) return undefined
  return typeof value === 'string' ? { type: 'String', value } : { type: 'Int32', value }
}

test('key ranges hold every row that a filter lets through, once and in order', () => {
  fc.assert(
    fc.property(filters, (sample) => {
      const { ranges, isExact } = keyRangesOf(parseFilter(sample.text))
      const keys = ['', 'a', 'b', 'ba', 'c'].flatMap((PartitionKey) =>
        ['', 'a', 'b', 'ba', 'c'].map((RowKey) => ({ PartitionKey, RowKey })),
      )
      const found = ranges.flatMap(({ partitions, rows }) =>
        keys.filter((key) => isIn(key.PartitionKey, partitions) && isIn(key.RowKey, rows)),
      )
      const wanted = keys.filter((key) =>
        [undefined, 0, 1, 2, 3, '', 'a', 'b', 'ba', 'c'].some((Age) => sample.decide({ ...key, Age })),
      )
      assert.deepEqual(
        found,
        keys.filter((key) => found.includes(key)),
        'in order, each once',
      )
      for (const key of wanted) assert.ok(found.includes(key), `${JSON.stringify(key)} of ${sample.text}`)
      if (isExact) assert.deepEqual(found, wanted)
    }),
    { numRuns: 1000 },
  )
})

function isIn(text: string, range: { readonly from: string; readonly to: string | undefined }): boolean {
  return text >= range.from && (range.to === undefined || text < range.to)
}

const sought: readonly [string, number][] = [
  ["PartitionKey eq 'a' and RowKey ge 'x' and RowKey lt 'y'", 1],
  ["PartitionKey eq 'a' or PartitionKey eq 'b'", 2],
  ["(PartitionKey eq 'a' and RowKey eq '1') or (PartitionKey eq 'a' and RowKey eq '2')", 2],
  ["PartitionKey eq 'a' and (RowKey eq '1' or RowKey eq '2' or RowKey eq '2')", 2],
  ["PartitionKey ge 'a' and PartitionKey lt 'b'", 1],
  ["PartitionKey eq 'a' and PartitionKey eq 'b'", 0],
]

for (const [filter, count] of sought)
  test(`${filter} needs nothing but ${count} ranges`, () => {
    const { ranges, isExact } = keyRangesOf(parseFilter(filter))
    assert.deepEqual([ranges.length, isExact], [count, true])
  })

test('a filter on other properties looks only where the keys allow it', () => {
  const filter: Filter = parseFilter("Age eq 5 and PartitionKey eq 'a'")
  const { ranges, isExact } = keyRangesOf(filter)
  assert.deepEqual(ranges, [{ partitions: { from: 'a', to: 'a\u0000' }, rows: everyKey.rows }])
  assert.equal(isExact, false)
})
