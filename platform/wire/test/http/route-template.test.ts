import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchRoute, type RouteValues, splitPath } from '../../src/http/route-match.ts'
import { parseRoute } from '../../src/http/route-template.ts'

function match(template: string, path: string): RouteValues | undefined {
  return matchRoute(parseRoute(template), splitPath(path))
}

test('literals ignore case, values keep it, a trailing slash does not count', () => {
  assert.deepEqual(match('Api/Items/{Id}', '/api/ITEMS/AbC/'), { Id: 'AbC' })
  assert.equal(match('api/items/{id}', '/api/items'), undefined)
  assert.equal(match('api/items/{id}', '/api/items/1/2'), undefined)
  assert.deepEqual(match('', '/'), {})
})

test('optional values and defaults may be left out, also several at the end', () => {
  assert.deepEqual(match('a/{b?}', '/a'), {})
  assert.deepEqual(match('a/{b?}', '/a/1'), { b: '1' })
  assert.deepEqual(match('a/{b=x}/{c?}', '/a'), { b: 'x' })
  assert.deepEqual(match('a/{b=x}/{c?}', '/a/1/2'), { b: '1', c: '2' })
  assert.deepEqual(match('{a=1}/{b=2}', '/'), { a: '1', b: '2' })
})

test('a catch-all takes the rest with its slashes, or nothing', () => {
  assert.deepEqual(match('files/{*rest}', '/files/a/b/'), { rest: 'a/b/' })
  assert.deepEqual(match('files/{**rest}', '/files/a//b'), { rest: 'a//b' })
  assert.deepEqual(match('files/{*rest}', '/files'), {})
  assert.deepEqual(match('files/{*rest=none}', '/files/'), { rest: 'none' })
  assert.equal(match('files/{*rest}', '/files//x'), undefined)
})

test('a segment may mix text and values', () => {
  assert.deepEqual(match('file-{name}.{ext}', '/FILE-a.b.txt'), { name: 'a.b', ext: 'txt' })
  assert.equal(match('file-{name}.{ext}', '/file-.txt'), undefined)
  assert.equal(match('file-{name}.{ext}', '/file-a.'), undefined)
  assert.equal(match('file-{name}', '/afile-x'), undefined)
  assert.deepEqual(match('{name}.{ext?}', '/a'), { name: 'a' })
  assert.deepEqual(match('{name}.{ext?}', '/a.b'), { name: 'a', ext: 'b' })
  assert.equal(match('{name}.{ext?}', '/a.'), undefined)
  assert.deepEqual(match('{a}-{b}-{c}', '/1-2-3-4'), { a: '1-2', b: '3', c: '4' })
  assert.deepEqual(match('v{n:int}x', '/v12x'), { n: '12' })
  assert.equal(match('v{n:int}x', '/vax'), undefined)
})

test('doubled braces are braces', () => {
  assert.deepEqual(match('a{{b}}', '/a{b}'), {})
  assert.deepEqual(match('{code:regex(^[a-z]{{2}}$)}', '/ab'), { code: 'ab' })
  assert.equal(match('{code:regex(^[a-z]{{2}}$)}', '/abc'), undefined)
})

const constraintRows: Record<string, { yes: string[]; no: string[] }> = {
  int: { yes: ['0', '-1', '+7', ' 7 ', '2147483647'], no: ['2147483648', '1.0', 'a', '1e3'] },
  long: { yes: ['9223372036854775807', '-9223372036854775808'], no: ['9223372036854775808', ''] },
  bool: { yes: ['true', 'FALSE', ' True '], no: ['1', 'yes'] },
  datetime: {
    yes: ['2024-02-29', '2024-02-29T10:00:00Z', '2/29/2024', '2024/1/2 5:06 pm', '3 Mar 2020', 'Mar 3, 2020'],
    no: ['2023-02-29', '13/13/2024', 'today', '25:00', '12'],
  },
  decimal: { yes: ['1', '-1.5', '1,000.25', '.5', '5-'], no: ['1e3', 'x', '99999999999999999999999999999'] },
  double: { yes: ['1', '-1.5e10', 'NaN', '-Infinity', '1e999'], no: ['1d', ''] },
  float: { yes: ['1.5', '.5'], no: ['1f'] },
  guid: {
    yes: [
      '01234567-89ab-cdef-0123-456789ABCDEF',
      '0123456789abcdef0123456789abcdef',
      '{01234567-89ab-cdef-0123-456789abcdef}',
      '(01234567-89ab-cdef-0123-456789abcdef)',
    ],
    no: ['01234567-89ab-cdef-0123-456789abcde', '{01234567-89ab-cdef-0123-456789abcdef'],
  },
  alpha: { yes: ['abcXYZ'], no: ['a1', 'ü'] },
  required: { yes: ['x'], no: [] },
  'length(3)': { yes: ['abc'], no: ['ab', 'abcd'] },
  'length(2, 3)': { yes: ['ab', 'abc'], no: ['a', 'abcd'] },
  'minlength(2)': { yes: ['ab'], no: ['a'] },
  'maxlength(2)': { yes: ['ab'], no: ['abc'] },
  'min(5)': { yes: ['5', '+6'], no: ['4', 'x'] },
  'max(-5)': { yes: ['-5', '-6'], no: ['-4'] },
  'range(18,120)': { yes: ['18', '120'], no: ['17', '121', '1.5'] },
  'regex(^\\d{{3}}-\\d+$)': { yes: ['123-4'], no: ['12-4'] },
  'regex(b+)': { yes: ['aBc'], no: ['ac'] },
  'regex(^(a:b|c=d)$)': { yes: ['a:b', 'c=d'], no: ['a'] },
  file: { yes: ['a.txt'], no: ['a', 'a.'] },
  nonfile: { yes: ['a'], no: ['a.txt'] },
  'int:min(1):max(9)': { yes: ['1', '9'], no: ['0', '10', 'a'] },
}

for (const [constraint, { yes, no }] of Object.entries(constraintRows)) {
  test(`the constraint ${constraint} lets through what .NET lets through`, () => {
    for (const value of yes)
      assert.deepEqual(match(`{*v:${constraint}}`, `/${value}`), { v: value }, `should pass: ${value}`)
    for (const value of no)
      assert.equal(match(`{*v:${constraint}}`, `/${value}`), undefined, `should not pass: ${value}`)
  })
}

test('an optional value is only checked when it is there; a default is always checked', () => {
  assert.deepEqual(match('a/{b:int?}', '/a'), {})
  assert.equal(match('a/{b:int?}', '/a/x'), undefined)
  assert.deepEqual(match('a/{b:int=5}', '/a'), { b: '5' })
  assert.equal(match('a/{b:int=x}', '/a'), undefined)
  assert.equal(match('a/{*b:int}', '/a'), undefined)
})

test('malformed templates are refused with a reason', () => {
  const rows: [string, RegExp][] = [
    ['a//b', /two '\/' may not follow/],
    ['a/{b', /'{' without its '}'/],
    ['a/b}', /'}' without its '{'/],
    ['a/{b{c}', /must be doubled/],
    ['a/{}', /'' is not a valid parameter name/],
    ['a/{b}/{B}', /'B' appears more than once/],
    ['{*a}/b', /must be the last segment/],
    ['x{*a}', /must be a whole segment/],
    ['{*a?}', /cannot be optional/],
    ['{a?=1}', /not a valid parameter name/],
    ['{a=1?}', /cannot be optional and have a default/],
    ['{a}{b}', /without text between/],
    ['{a?}-b', /must end its segment/],
    ['a-{b?}', /must end its segment/],
    ['a?b', /may only stand at the end/],
    ['{a:nope}', /no constraint 'nope'; known are int/],
    ['{a:constructor}', /no constraint 'constructor'/],
    ['{a:range(1)}', /wrong arguments/],
    ['{a:min(x)}', /wrong arguments/],
    ['{a:int(3)}', /wrong arguments/],
    ['{a:length(3,1)}', /minimum above/],
    ['{a:regex([)}', /does not compile/],
    ['~x', /'~'/],
  ]
  for (const [template, message] of rows) assert.throws(() => parseRoute(template), message, template)
})
