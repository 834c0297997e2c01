import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileBody } from '../../src/proxies/body-template.ts'
import { constantText, parseTemplate, renderTemplate } from '../../src/proxies/template.ts'
import type { ProxyRequest } from '../../src/proxies/variables.ts'

const settings: Readonly<Record<string, string>> = { HOST: 'api.example.com', BRACES: '{id}', EMPTY: '' }
const context = { setting: (name: string) => settings[name], parameters: ['id', 'Rest'] }
const request: ProxyRequest = {
  method: 'PUT',
  headers: { 'x-tenant': 'blue' },
  query: '?Page=2&tag=a&tag=b',
  values: { id: '7', Rest: 'a/b' },
}
const response = {
  status: 404,
  reason: 'Nowhere',
  headers: ['Content-Type', 'text/html', 'X-A', '1', 'x-a', '2'],
}

function render(text: string): string {
  return renderTemplate(parseTemplate(text, context), request, response)
}

const cases: Readonly<Record<string, readonly (readonly [template: string, text: string])[]>> = {
  'variables name parts of the route, the request and the answer': [
    ['/pets/{id}', '/pets/7'],
    ['{rest} {*Rest} {**REST}', 'a/b a/b a/b'],
    ['{request.method}', 'PUT'],
    ['{request.headers.X-Tenant}', 'blue'],
    ['{Request.QueryString.page}', '2'],
    ['{request.querystring.tag}', 'a,b'],
    ['{backend.response.statusCode} {backend.response.statusReason}', '404 Nowhere'],
    ['{backend.response.headers.content-type} {backend.response.headers.X-A}', 'text/html 1,2'],
  ],
  'what is missing is empty': [
    ['[{request.headers.none}]', '[]'],
    ['[{request.querystring.none}]', '[]'],
    ['[{backend.response.headers.none}]', '[]'],
    ['[{nothing}{1}]', '[]'],
    ['[{request.headers.constructor}{request.querystring.toString}{constructor}]', '[]'],
  ],
  'doubled braces are literal ones': [
    ['{{ example }}', '{ example }'],
    ['{{{id}}}', '{7}'],
    ['{{id}}', '{id}'],
    // From the host's own end-to-end tests.
    ['{"test":"{{{b}}}{{123}}{1}"}', '{"test":"{}{123}"}'],
  ],
  'braces that hold no name are literal': [
    ['{"a":{"b":1}}', '{"a":{"b":1}}'],
    ['{"a":{"b":"{id}"}}', '{"a":{"b":"7"}}'],
    ['body{color:red} {} { id } {', 'body{color:red} {} { id } {'],
    ['if (x) { return {} }', 'if (x) { return {} }'],
  ],
  'settings stand between percent signs and are not looked into': [
    ['https://%HOST%/x', 'https://api.example.com/x'],
    ['%BRACES%', '{id}'],
    ['[%EMPTY%]', '[]'],
    ['%20%HOST%20', '%20api.example.com20'],
    ['100% of %NONE% and a%20b%20c', '100% of %NONE% and a%20b%20c'],
  ],
}

for (const [name, rows] of Object.entries(cases)) {
  test(name, () => {
    assert.deepEqual(
      rows.map(([template]) => render(template)),
      rows.map(([, text]) => text),
    )
  })
}

test('names that stand for nothing are noted', () => {
  const { notes } = parseTemplate('{idd} %HOSTT% %HOST% %20b%20 {id}', context)
  assert.deepEqual(notes, ["there is no variable '{idd}'", "the app setting 'HOSTT' is not set"])
})

test('a template without variables is constant', () => {
  assert.equal(constantText(parseTemplate('20{{%EMPTY%}}', context)), '20{}')
  assert.equal(constantText(parseTemplate('20{id}', context)), undefined)
})

test('a JSON body is a template in each of its strings, and stays JSON whatever the values', () => {
  const body = compileBody(
    { '{id}': ['{request.headers.x-tenant}', 1, null, { deep: '{{x}} %HOST%' }] },
    context,
  )
  const quoting = { ...request, headers: { 'x-tenant': '"}\\' } }
  assert.deepEqual(JSON.parse(body.render(quoting, response)), {
    '7': ['"}\\', 1, null, { deep: '{x} api.example.com' }],
  })
  assert.equal(body.contentType, 'application/json; charset=utf-8')
})

const anyText = fc.string({ unit: fc.constantFrom(...'{}%a1. /":*'), maxLength: 30 })

test('every text is a template, and rendering it leaves text without braces and percent signs alone', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const rendered = render(text)
      if (!/[{}%]/.test(text)) assert.equal(rendered, text)
    }),
    { numRuns: 3000 },
  )
})

/** Text in which every closing brace has its opening one. */
const { balanced } = fc.letrec<{ balanced: string }>((tie) => ({
  balanced: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: fc.constantFrom(...'ab ."') }),
    tie('balanced').map((inner) => `{${inner}}`),
    fc.tuple(tie('balanced'), tie('balanced')).map((both) => both.join('')),
  ),
}))

test('text whose braces are doubled comes back as it was', () => {
  fc.assert(
    fc.property(balanced, (text) => {
      assert.equal(render(text.replaceAll('{', '{{').replaceAll('}', '}}')), text)
    }),
    { numRuns: 2000 },
  )
})

test('JSON in a string comes through unharmed', () => {
  const key = fc.string({ unit: fc.constantFrom(...'abc-_ ') })
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      key,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(key, tie('json'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(json, (value) => {
      assert.equal(render(JSON.stringify(value)), JSON.stringify(value))
    }),
    { numRuns: 1000 },
  )
})

test('values are inserted as they are, never read as templates', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (id, header) => {
      const hostile: ProxyRequest = { ...request, headers: { 'x-tenant': header }, values: { id } }
      const template = parseTemplate('<{id}|{request.headers.x-tenant}>', context)
      assert.equal(renderTemplate(template, hostile, undefined), `<${id}|${header}>`)
    }),
  )
})
