import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BindingDefinition } from '@aloft/kernel'
import picocolors from 'picocolors'
import { functionUrl, type ListedFunction, renderFunctionList } from '../../src/console/function-list.ts'

const colors = picocolors.createColors(false)
const address = { baseUrl: 'http://localhost:7071', routePrefix: 'api' }

function listed(name: string, type: string, extra: Record<string, unknown> = {}): ListedFunction {
  const trigger: BindingDefinition = { name: 'x', type, direction: 'in', dataType: 'undefined', ...extra }
  return { name, trigger, isDisabled: extra.isDisabled === true }
}

test('the list has the exact form that tools read', () => {
  const functions = [
    listed('closed', 'httpTrigger', { isDisabled: true }),
    listed('HttpExample', 'httpTrigger', { methods: ['GET', 'post'] }),
    listed('any', 'httpTrigger', { route: 'any/{id:int?}' }),
    listed('myTimer', 'timerTrigger'),
  ]
  assert.equal(
    renderFunctionList(functions, address, colors),
    [
      '',
      'Functions:',
      '',
      '\tHttpExample: [GET,POST] http://localhost:7071/api/HttpExample',
      '',
      '\tany: http://localhost:7071/api/any/{id:int?}',
      '',
      '\tmyTimer: timerTrigger',
      '',
      'Function closed is disabled.',
      '',
    ].join('\n'),
  )
})

test('a function may have a route prefix of its own', () => {
  const proxy = { ...listed('facade', 'httpTrigger', { route: 'pets/{id}' }), routePrefix: '' }
  const list = renderFunctionList([proxy, listed('f', 'httpTrigger')], address, colors)
  assert.match(list, /^\tfacade: http:\/\/localhost:7071\/pets\/\{id\}$/m)
  assert.match(list, /^\tf: http:\/\/localhost:7071\/api\/f$/m)
})

test('an app without functions has no list', () => {
  assert.equal(renderFunctionList([], address, colors), '')
})

test('disabled functions alone are named without a heading', () => {
  const functions = [listed('closed', 'timerTrigger', { isDisabled: true })]
  assert.equal(renderFunctionList(functions, address, colors), 'Function closed is disabled.\n')
})

test('the address follows the route prefix, and 0.0.0.0 is shown as localhost', () => {
  const at = (routePrefix: string, route?: string) =>
    functionUrl('f', route, { baseUrl: 'http://0.0.0.0:80/', routePrefix })
  assert.equal(at('api'), 'http://localhost:80/api/f')
  assert.equal(at(''), 'http://localhost:80/f')
  assert.equal(at('/v1/', '/orders/{id}'), 'http://localhost:80/v1/orders/{id}')
  assert.equal(at('api', ''), 'http://localhost:80/api/')
})

test('methods in one string are split', () => {
  assert.match(
    renderFunctionList([listed('f', 'httpTrigger', { methods: 'get, put' })], address, colors),
    /\tf: \[GET,PUT\] http/,
  )
})

test('functions for MCP clients add the address of their server', () => {
  assert.match(
    renderFunctionList([listed('tool', 'mcpToolTrigger')], address, colors),
    /\nMCP server endpoint: http:\/\/localhost:7071\/runtime\/webhooks\/mcp\n/,
  )
})
