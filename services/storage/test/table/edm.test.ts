import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { normalizeDateTime } from '../../src/table/edm/date-time.ts'
import { fromOrdered, toOrdered } from '../../src/table/edm/keys.ts'
import { parseEntity } from '../../src/table/edm/parse-json.ts'
import { mergeProperties } from '../../src/table/edm/properties.ts'
import { changeOf, insertion } from '../../src/table/http/change-request.ts'
import { decodeProperties, encodeProperties, readKey } from '../../src/table/index.ts'
import { propertyMaps } from './edm-values.ts'
import { failsWith } from './table-bench.ts'

test('properties come back as they were stored', () => {
  fc.assert(
    fc.property(propertyMaps, (properties) => {
      assert.deepEqual(decodeProperties(encodeProperties(properties)), properties)
    }),
  )
})

test('what is sent to clients means the same when they send it back', () => {
  fc.assert(
    fc.property(propertyMaps, (properties) => {
      const stored = encodeProperties(properties)
      assert.equal(parseEntity(`{${stored}}`).properties, stored)
    }),
  )
})

test('merging is laying one set of properties over the other', () => {
  fc.assert(
    fc.property(propertyMaps, propertyMaps, (one, other) => {
      const merged = mergeProperties(encodeProperties(one), encodeProperties(other))
      assert.deepEqual(decodeProperties(merged), new Map([...one, ...other]))
    }),
  )
})

test('the type of a number is told by how it is written', () => {
  const read = (text: string) => decodeProperties(parseEntity(`{"A":${text}}`).properties).get('A')
  assert.deepEqual(read('1'), { type: 'Int32', value: 1 })
  assert.deepEqual(read('1.0'), { type: 'Double', value: 1 })
  assert.deepEqual(read('1e3'), { type: 'Double', value: 1000 })
  assert.deepEqual(read('1.5'), { type: 'Double', value: 1.5 })
  assert.throws(() => read('2147483648'), failsWith('InvalidInput'))
})

test('a boolean may be a text in any case', () => {
  for (const text of ['true', 'True', 'FALSE']) {
    const { properties } = parseEntity(`{"A@odata.type":"Edm.Boolean","A":"${text}"}`)
    assert.deepEqual(decodeProperties(properties).get('A'), { type: 'Boolean', value: /true/i.test(text) })
  }
})

test('keys of other types than text are refused where an entity is made, and do not count where the path names them', () => {
  const body =
    '{"PartitionKey@odata.type":"Edm.Guid","PartitionKey":"p","RowKey@odata.type":"Edm.String","RowKey":"r"}'
  assert.throws(() => insertion(body), failsWith('InvalidInput'))
  assert.equal(insertion(body.replace('Edm.Guid', 'Edm.String')).partitionKey, 'p')
  assert.equal(changeOf('merge', { partitionKey: 'p', rowKey: 'r' }, undefined, body).partitionKey, 'p')
})

const refused: readonly [string, string][] = [
  ['{"A":[1]}', 'InvalidInput'],
  ['{"A":{"B":1}}', 'InvalidInput'],
  ['[]', 'InvalidInput'],
  ['{"A":', 'InvalidInput'],
  ['{"A@odata.type":"Edm.Int64","A":5}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.Int64","A":"9223372036854775808"}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.DateTime","A":""}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.DateTime","A":null}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.DateTime","A":"1600-12-31T23:59:59Z"}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.Guid","A":"no guid"}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.Binary","A":"#"}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.Double","A":"1.797693134862316e308"}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.Boolean","A":"yes"}', 'InvalidInput'],
  ['{"A@odata.type":"Edm.Decimal","A":"1"}', 'InvalidInput'],
  ['{"a-b":1}', 'PropertyNameInvalid'],
  [`{"${'a'.repeat(256)}":1}`, 'PropertyNameTooLong'],
  [`{"A":"${'a'.repeat(32 * 1024 + 1)}"}`, 'PropertyValueTooLarge'],
  [
    `{"A@odata.type":"Edm.Binary","A":"${Buffer.alloc(64 * 1024 + 1).toString('base64')}"}`,
    'PropertyValueTooLarge',
  ],
  [`{${Array.from({ length: 253 }, (_, index) => `"P${index}":1`).join()}}`, 'TooManyProperties'],
  [
    `{${Array.from({ length: 17 }, (_, index) => `"P${index}":"${'a'.repeat(32 * 1024)}"`).join()}}`,
    'EntityTooLarge',
  ],
]

for (const [body, code] of refused)
  test(`${body.slice(0, 60)} is refused with ${code}`, () => {
    assert.throws(() => parseEntity(body), failsWith(code))
  })

test('values at their limits are taken', () => {
  const long = 'a'.repeat(32 * 1024)
  const bytes = Buffer.alloc(64 * 1024).toString('base64')
  const many = Array.from({ length: 249 }, (_, index) => `"P${index}":1`).join()
  const body = `{"${'a'.repeat(255)}":"${long}","B@odata.type":"Edm.Binary","B":"${bytes}","I@odata.type":"Edm.Int64","I":"-9223372036854775808",${many}}`
  assert.equal(decodeProperties(parseEntity(body).properties).size, 252)
})

test('nulls and what belongs to the system are not stored', () => {
  const { properties, partitionKey } = parseEntity(
    '{"PartitionKey":"p","RowKey":"r","Timestamp":"2000-01-01T00:00:00Z","odata.etag":"x","A":null,"B":1}',
  )
  assert.equal(properties, '"B":1')
  assert.equal(partitionKey, 'p')
})

test('times become UTC with as many digits as they need', () => {
  assert.equal(normalizeDateTime('2012-01-02T23:00:00'), '2012-01-02T23:00:00Z')
  assert.equal(normalizeDateTime('2012-01-02T23:00:00.1200000Z'), '2012-01-02T23:00:00.12Z')
  assert.equal(normalizeDateTime('2012-01-02T01:00:00.5+02:00'), '2012-01-01T23:00:00.5Z')
  assert.equal(normalizeDateTime('yesterday'), undefined)
})

test('keys are checked', () => {
  assert.equal(readKey(''), '')
  assert.equal(readKey('k'.repeat(512)), 'k'.repeat(512))
  assert.throws(() => readKey(undefined), failsWith('PropertiesNeedValue'))
  assert.throws(() => readKey(5), failsWith('InvalidInput'))
  assert.throws(() => readKey('k'.repeat(513)), failsWith('KeyValueTooLarge'))
  for (const bad of ['/', '\\', '#', '?', '\t', '\u0085', '\ud800'])
    assert.throws(() => readKey(`a${bad}`), failsWith('OutOfRangeInput'))
})

test('stored keys order by bytes as the keys do by UTF-16 units', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}') })
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      assert.equal(fromOrdered(toOrdered(one)), one)
      const bytes = Buffer.compare(Buffer.from(toOrdered(one)), Buffer.from(toOrdered(other)))
      assert.equal(bytes, one < other ? -1 : one > other ? 1 : 0)
    }),
  )
})
