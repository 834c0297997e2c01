/** Typed values for property tests. */
import fc from 'fast-check'
import { normalizeDateTime } from '../../src/table/edm/date-time.ts'
import type { EdmValue } from '../../src/table/index.ts'

const dateTimes = fc
  .date({ min: new Date('1601-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => normalizeDateTime(date.toISOString())!)

export const edmValues: fc.Arbitrary<EdmValue> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map((value) => ({ type: 'String', value }) as const),
  fc.integer().map((value) => ({ type: 'Int32', value }) as const),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => ({ type: 'Int64', value: String(value) }) as const),
  fc.double().map((value) => ({ type: 'Double', value }) as const),
  fc.integer({ min: -5, max: 5 }).map((value) => ({ type: 'Double', value }) as const),
  fc.boolean().map((value) => ({ type: 'Boolean', value }) as const),
  dateTimes.map((value) => ({ type: 'DateTime', value }) as const),
  fc.uuid().map((value) => ({ type: 'Guid', value }) as const),
  fc
    .uint8Array({ maxLength: 20 })
    .map((bytes) => ({ type: 'Binary', value: Buffer.from(bytes).toString('base64') }) as const),
)

export const propertyNames = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
  .filter((name) => !/^(PartitionKey|RowKey|Timestamp|__proto__)$/.test(name))

export const propertyMaps = fc
  .uniqueArray(fc.tuple(propertyNames, edmValues), { selector: ([name]) => name, maxLength: 8 })
  .map((entries) => new Map(entries))
