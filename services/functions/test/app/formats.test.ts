import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDate } from '../../src/app/date-format.ts'
import { formatNumber } from '../../src/app/number-format.ts'

// The expected texts are those of the tables in Microsoft's pages on standard and custom format strings.
const date = new Date('2009-06-15T13:45:30.617Z')
for (const [format, text] of [
  ['yyyy-MM-ddTHH:mm:ss', '2009-06-15T13:45:30'],
  ['yy/M/d h:m:s t', '09/6/15 1:45:30 P'],
  ['ddd dddd MMM MMMM', 'Mon Monday Jun June'],
  ['dd\\d hh tt', '15d 01 PM'],
  ['fff ff f fffffff', '617 61 6 6170000'],
  ['FFF', '617'],
  ['yyyyy', '02009'],
  ["'at' HH \"o'clock\"", "at 13 o'clock"],
  ['%d', '15'],
  ['HHK z zz zzz', '13Z +0 +00 +00:00'],
  ['yyyyMMddgg', '20090615A.D.'],
  ['d', '06/15/2009'],
  ['D', 'Monday, 15 June 2009'],
  ['f', 'Monday, 15 June 2009 13:45'],
  ['G', '06/15/2009 13:45:30'],
  ['m', 'June 15'],
  ['o', '2009-06-15T13:45:30.6170000Z'],
  ['R', 'Mon, 15 Jun 2009 13:45:30 GMT'],
  ['s', '2009-06-15T13:45:30'],
  ['t', '13:45'],
  ['u', '2009-06-15 13:45:30Z'],
  ['Y', '2009 June'],
] as const) {
  test(`a date with ${format} is ${text}`, () => {
    assert.equal(formatDate(date, format), text)
  })
}

test('midnight and noon are 12 on a clock of twelve hours', () => {
  assert.equal(formatDate(new Date('2009-06-15T00:01:00Z'), 'h:mm tt'), '12:01 AM')
  assert.equal(formatDate(new Date('2009-06-15T12:01:00Z'), 'h:mm tt'), '12:01 PM')
})

test('trailing zeros of a fraction in F are left out', () => {
  assert.equal(formatDate(new Date('2009-06-15T00:00:00.500Z'), 'FFF'), '5')
  assert.equal(formatDate(new Date('2009-06-15T00:00:00Z'), 'ss.FFF'), '00.')
})

test('a letter that is no standard date format is refused', () => {
  assert.throws(() => formatDate(date, 'x'), { message: "'x' is not a date format." })
})

test('the sortable format agrees with toISOString', () => {
  const range = {
    min: new Date('1000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }
  fc.assert(
    fc.property(fc.date(range), (when) => {
      assert.equal(formatDate(when, 'yyyy-MM-ddTHH:mm:ss.fffK'), when.toISOString())
    }),
  )
})

for (const [value, format, text] of [
  [1234, 'D', '1234'],
  [-1234, 'D6', '-001234'],
  [1234.567, 'N', '1,234.57'],
  [1234, 'N1', '1,234.0'],
  [-1234.56, 'N3', '-1,234.560'],
  [1234.567, 'F', '1234.57'],
  [-1234.56, 'f4', '-1234.5600'],
  [2.5, 'F0', '3'],
  [-2.5, 'F0', '-3'],
  [255, 'X', 'FF'],
  [255, 'x4', '00ff'],
  [-1, 'X', 'FFFFFFFF'],
  [1, 'P', '100.00 %'],
  [-0.39678, 'P1', '-39.7 %'],
  [1052.0329112756, 'E', '1.052033E+003'],
  [-1052.0329112756, 'e2', '-1.05e+003'],
  [-123.456, 'G', '-123.456'],
  [123.4546, 'G4', '123.5'],
  [1234.5678, '00000', '01235'],
  [0.45678, '0.00', '0.46'],
  [1234.5678, '#####', '1235'],
  [0.45678, '#.##', '.46'],
  [1234567890, '#,#', '1,234,567,890'],
  [1234.5, '#,##0.00', '1,234.50'],
  [0.3697, '%#0.00', '%36.97'],
  [68, '# degrees', '68 degrees'],
  [-5, '0;(0);zero', '(5)'],
  [0, '0;(0);zero', 'zero'],
  [12, '\\#00', '#12'],
  [12, "'no. '000", 'no. 012'],
  [1e21, 'N0', '1,000,000,000,000,000,000,000'],
  [Number.NaN, 'N', 'NaN'],
  [Number.NEGATIVE_INFINITY, 'D', '-Infinity'],
] as const) {
  test(`${value} with ${format} is ${text}`, () => {
    assert.equal(formatNumber(value, format), text)
  })
}

test('D and X take whole numbers only, and unknown letters are refused', () => {
  assert.throws(() => formatNumber(1.5, 'D'), { message: 'The format D takes whole numbers only, not 1.5.' })
  assert.throws(() => formatNumber(1.5, 'X'), { message: 'The format X takes whole numbers only, not 1.5.' })
  assert.throws(() => formatNumber(1, 'Q'), { message: "'Q' is not a number format." })
})

test('a whole number comes back from D, N0 and 0, with at least the digits asked for', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 20 }), (value, digits) => {
      assert.equal(Number(formatNumber(value, `D${digits}`)), value)
      assert.equal(Number(formatNumber(value, 'N0').replaceAll(',', '')), value)
      assert.equal(Number(formatNumber(value, '0'.repeat(digits))), value)
      assert.ok(formatNumber(value, `D${digits}`).replace('-', '').length >= digits)
    }),
  )
})
