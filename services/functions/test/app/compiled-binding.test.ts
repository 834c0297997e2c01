import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BindingDefinition } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { compileBinding, resolveBinding } from '../../src/app/index.ts'

const environment = { functionName: 'Fn', clock: new VirtualClock() }

function binding(type: string, options: Readonly<Record<string, unknown>>): BindingDefinition {
  return { name: 'b', type, direction: 'in', dataType: 'undefined', ...options }
}

function resolve(
  type: string,
  options: Readonly<Record<string, unknown>>,
  data: Readonly<Record<string, unknown>>,
) {
  return resolveBinding(compileBinding(binding(type, options)), data, environment)
}

test('a binding without expressions is handed out as it is, without a look at the data', () => {
  const compiled = compileBinding(binding('blob', { path: 'a/b.txt', connection: 'C' }))
  assert.equal(compiled.hasExpressions, false)
  assert.equal(resolveBinding(compiled, {}, environment), compiled.definition)
})

test('escaped braces alone are no expression', () => {
  const compiled = compileBinding(binding('blob', { path: 'a/{{b}}' }))
  assert.deepEqual([compiled.hasExpressions, compiled.definition.path], [false, 'a/{b}'])
})

test('every option of text is a template; the compiled binding serves many invocations', () => {
  const compiled = compileBinding(
    binding('table', { tableName: 't', partitionKey: '{p}', rowKey: '{r}-{{x}}', take: 5 }),
  )
  assert.equal(compiled.hasExpressions, true)
  const keys = [1, 2].map((p) => resolveBinding(compiled, { p, r: 'r' }, environment))
  assert.deepEqual(keys[0], binding('table', { tableName: 't', partitionKey: '1', rowKey: 'r-{x}', take: 5 }))
  assert.equal(keys[1]?.partitionKey, '2')
})

test('JSON is no template', () => {
  const schema = '{"type":"record"}'
  const compiled = compileBinding(binding('kafka', { avroSchema: schema }))
  assert.deepEqual([compiled.hasExpressions, compiled.definition.avroSchema], [false, schema])
})

test('an expression that has no value fails the invocation', () => {
  assert.throws(() => resolve('blob', { path: '{id}' }, {}), {
    message: "No value for named parameter 'id'.",
  })
})

const filters: readonly (readonly [filter: string, data: Readonly<Record<string, unknown>>, text: string])[] =
  [
    ["Name eq '{name}'", { name: "O'Hara" }, "Name eq 'O''Hara'"],
    ["Name ge 'a-{name}' and Age gt {age}", { name: 'x', age: 5 }, "Name ge 'a-x' and Age gt 5"],
    ['Age gt {age}', { age: '-1.5e3' }, 'Age gt -1.5e3'],
    ['Old eq {old}', { old: true }, 'Old eq True'],
    ['{filter}', { filter: "Name eq 'x'" }, "Name eq 'x'"],
  ]
for (const [filter, data, text] of filters) {
  test(`the table filter ${filter} becomes ${text}`, () => {
    assert.equal(resolve('table', { filter }, data).filter, text)
  })
}

test('a value cannot add conditions to a table filter', () => {
  for (const age of ['5 or true', "'x'", '', '5)']) {
    assert.throws(
      () => resolve('Table', { Filter: 'x', filter: 'Age gt {person.age}' }, { person: { age } }),
      {
        message: "An invalid parameter value was specified for filter parameter 'person.age'.",
      },
    )
  }
})

test('expressions of a Cosmos DB query become its parameters', () => {
  const sqlQuery = 'SELECT * FROM c WHERE c.id = {id} AND c.kind = {headers.x-kind} AND c.old <> {id}'
  const resolved = resolve('cosmosDB', { sqlQuery }, { id: "1' OR true", Headers: { 'x-kind': 'k' } })
  assert.equal(
    resolved.sqlQuery,
    'SELECT * FROM c WHERE c.id = @id AND c.kind = @headers_x_kind AND c.old <> @id',
  )
  assert.deepEqual(resolved.sqlQueryParameters, [
    { name: '@id', value: "1' OR true" },
    { name: '@headers_x_kind', value: 'k' },
  ])
})
