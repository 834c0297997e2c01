import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchRoute, parseRoute, type Route, RouteTable, splitPath } from '@aloft/wire/http'
import fc from 'fast-check'
import { checkRoutes, functionRoutes, routeText } from '../../src/http/function-routes.ts'
import { functionDefinition } from './fixture.ts'

const segmentArbitrary = fc.constantFrom('a', 'B', 'api', 'x.y', '7', 'a-7')
const templateSegment = fc.constantFrom('a', 'B', 'api', '{p1}', '{p2:int}', '{p3}.{p4}', 'a-{p5}')
const templateTail = fc.constantFrom('', '', '/{t?}', '/{t=1}', '/{*t}', '/{t:int?}')
const routeArbitrary = fc.record({
  text: fc
    .tuple(fc.uniqueArray(templateSegment, { maxLength: 3 }), templateTail)
    .map(([segments, tail]) => segments.join('/') + tail),
  methods: fc.constantFrom(undefined, ['GET'], ['POST'], ['GET', 'PUT']),
})

test('the fast look-up finds what trying every route in order finds', () => {
  fc.assert(
    fc.property(
      fc.array(routeArbitrary, { maxLength: 12 }),
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
      fc.array(segmentArbitrary, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
      fc.constantFrom('', '/'),
      fc.nat(2),
      (rows, method, path, slash, depth) => {
        const routes = rows.map(
          (row, target): Route<number> => ({
            template: parseRoute(row.text),
            methods: row.methods && new Set(row.methods),
            target,
          }),
        )
        const expected = routes.find(
          (route) =>
            (!route.methods || route.methods.has(method)) &&
            matchRoute(route.template, splitPath(path + slash)),
        )
        const found = new RouteTable(routes, depth).find(method, path + slash)
        assert.equal(found?.target, expected?.target)
        if (expected)
          assert.deepEqual({ ...found?.values }, matchRoute(expected.template, splitPath(path + slash)))
      },
    ),
    { numRuns: 2000 },
  )
})

test('the first function by name wins, ignoring case, whatever order they come in', () => {
  const definitions = ['b_all', 'Zed', 'a-one'].map((name) =>
    functionDefinition(name, {
      trigger: { route: name === 'Zed' ? 'x/{id}' : `x/{${name.replace('-', '')}}` },
    }),
  )
  const table = functionRoutes(definitions, 'api')
  assert.equal(table.find('GET', '/api/x/1')?.target.definition.name, 'a-one')
})

test('a more specific route does not win over an earlier name', () => {
  const table = functionRoutes(
    [
      functionDefinition('anything', { trigger: { route: '{*all}' } }),
      functionDefinition('exact', { trigger: { route: 'exact' } }),
    ],
    'api',
  )
  assert.equal(table.find('GET', '/api/exact')?.target.definition.name, 'anything')
})

test('the method is part of the match', () => {
  const table = functionRoutes(
    [
      functionDefinition('a', { trigger: { route: 'x', methods: ['post'] } }),
      functionDefinition('b', { trigger: { route: '{y}', methods: 'get, PUT' } }),
    ],
    'api',
  )
  assert.equal(table.find('GET', '/api/x')?.target.definition.name, 'b')
  assert.equal(table.find('POST', '/api/x')?.target.definition.name, 'a')
  assert.equal(table.find('PUT', '/api/x')?.target.definition.name, 'b')
  assert.equal(table.find('DELETE', '/api/x'), undefined)
})

test('the route is the prefix and the route, or the name', () => {
  assert.equal(routeText(functionDefinition('F'), 'api'), 'api/F')
  assert.equal(routeText(functionDefinition('F', { trigger: { route: '/x/' } }), '/v1/api/'), 'v1/api/x')
  assert.equal(routeText(functionDefinition('F', { trigger: { route: '{*path}' } }), ''), '{*path}')
})

test('unsound routes are reported and the others work', () => {
  const definitions = [
    functionDefinition('bad', { trigger: { route: '{x' } }),
    functionDefinition('good', { trigger: { route: 'same', methods: ['get'] } }),
    functionDefinition('timer', { trigger: { type: 'timerTrigger', route: '{' } }),
    functionDefinition('who', { trigger: { authLevel: 'everyone' } }),
  ]
  assert.deepEqual(checkRoutes(definitions, 'api'), [
    { name: 'bad', message: "The route template 'api/{x' is invalid: there is a '{' without its '}'." },
    { name: 'who', message: "The authorization level 'everyone' of 'who' is not valid." },
  ])
  assert.equal(functionRoutes(definitions, 'api').find('GET', '/api/same')?.target.definition.name, 'good')
})

test('routes of the host are refused only where they would hide it', () => {
  const admin = functionDefinition('a', { trigger: { route: 'admin/x' } })
  assert.match(checkRoutes([admin], '')[0]?.message ?? '', /conflicts with one or more built in routes/)
  assert.deepEqual(checkRoutes([admin], 'api'), [])
})
