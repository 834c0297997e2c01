import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isCanonicalUrl } from '../src/web/canonical-url.ts'

const pieces = [
  'a',
  'B',
  '.',
  '..',
  '/',
  '//',
  '?',
  '#',
  '%2e',
  '%2E',
  ':',
  '@',
  ' ',
  "'",
  '"',
  '\\',
  '1',
  '0x7f',
  'é',
  '|',
  '^',
  '&x=1',
  '[::1]',
  'xn--a',
]
const anyUrl = fc
  .tuple(
    fc.constantFrom('http://', 'https://', 'HTTP://', 'ftp://', ''),
    fc.constantFrom(
      'localhost',
      'a.b-c.example',
      '127.0.0.1',
      '127.1',
      '1.2.3',
      'EXAMPLE.com',
      'a.0x1',
      '[::1]',
      'user@h',
      '',
    ),
    fc.constantFrom('', ':', ':80', ':443', ':7071', ':08', ':65535', ':65536'),
    fc.constantFrom('', '/'),
    fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((list) => list.join('')),
  )
  .map((parts) => parts.join(''))

test('a URL that is taken as canonical is one that parsing does not change', () => {
  fc.assert(
    fc.property(anyUrl, (url) => {
      if (isCanonicalUrl(url)) assert.equal(new URL(url).href, url)
    }),
    { numRuns: 5000 },
  )
})

test('usual request URLs are taken as canonical', () => {
  for (const url of [
    'http://localhost:7071/api/hello',
    'http://127.0.0.1:60123/api/items/7?name=a%20b&x=1+2',
    'https://my-app.azurewebsites.net/api/a-b_c.d~e/(x),y;z=1@home?next=/a/b?c',
    'http://a.localhost/api/',
  ])
    assert.ok(isCanonicalUrl(url), url)
})
