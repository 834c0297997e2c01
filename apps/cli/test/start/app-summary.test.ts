import assert from 'node:assert/strict'
import { test } from 'node:test'
import picocolors from 'picocolors'
import { renderApp } from '../../src/start/app-summary.ts'

type Summarized = Parameters<typeof renderApp>[0]

test('proxies stand among the functions, by name and without the route prefix', () => {
  const trigger = { name: 'req', type: 'httpTrigger', direction: 'in', dataType: 'undefined' }
  const app = {
    functions: [
      { name: 'Beta', isDisabled: false, trigger },
      { name: 'delta', isDisabled: false, trigger },
    ],
    proxies: [
      { name: 'alpha', route: 'pets/{id}', methods: ['GET'], isDisabled: false },
      { name: 'closed', route: 'x', methods: undefined, isDisabled: true },
      { name: 'Gamma', route: '', methods: undefined, isDisabled: false },
    ],
    configuration: { host: { http: { routePrefix: 'api' } } },
  } as unknown as Summarized
  assert.equal(
    renderApp(app, 'http://localhost:7071', picocolors.createColors(false)),
    [
      ...['', 'Functions:', ''],
      ...['\talpha: [GET] http://localhost:7071/pets/{id}', ''],
      ...['\tBeta: http://localhost:7071/api/Beta', ''],
      ...['\tdelta: http://localhost:7071/api/delta', ''],
      ...['\tGamma: http://localhost:7071/', ''],
      ...['Function closed is disabled.', ''],
    ].join('\n'),
  )
})

test('an app without functions says how to come to one, unless something is wrong with it', () => {
  const empty = { functions: [], proxies: [], configuration: { host: { http: { routePrefix: 'api' } } } }
  const render = (more: object) =>
    renderApp(
      { ...empty, problems: [], errors: [], ...more } as unknown as Summarized,
      '',
      picocolors.createColors(false),
    )
  assert.equal(render({}), "\nThere are no functions yet; 'aloft new' adds one.\n")
  assert.equal(render({ problems: [{ name: 'a', message: 'broken' }] }), '')
  assert.equal(render({ errors: ['no package'] }), '')
})
