import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mock, openProxiesFile } from './fixture.ts'

test('an app without the file has no proxies', async () => {
  const { proxies, logged } = await openProxiesFile(undefined)
  assert.deepEqual([proxies.definitions, proxies.problems, proxies.fileProblem], [[], [], undefined])
  assert.equal(proxies.routes, undefined)
  assert.deepEqual(logged, [])
})

test('proxies are in the order of their names, ignoring case', async () => {
  const { proxies, logged } = await openProxiesFile({
    $schema: 'http://json.schemastore.org/proxies',
    proxies: { beta: mock('/b'), Alpha: mock('a/'), _x: mock('/x'), gamma: mock('/c') },
  })
  assert.deepEqual(
    proxies.definitions.map(({ name, route }) => [name, route]),
    [
      ['Alpha', 'a/'],
      ['beta', 'b'],
      ['gamma', 'c'],
      ['_x', 'x'],
    ],
  )
  assert.deepEqual(
    logged.map(({ message }) => message),
    ['4 proxies loaded'],
  )
})

test('names lose what names of functions cannot have', async () => {
  const { proxies } = await openProxiesFile({ proxies: { '1 Local Function_test$ にち': mock('/x') } })
  assert.deepEqual(
    proxies.definitions.map(({ name }) => name),
    ['1LocalFunction_test'],
  )
})

test('methods, the switches and the byte order mark are understood as in the other files', async () => {
  const text = `\uFEFF// proxies of the shop
    { "Proxies": { "p": { "desc": ["any"], "matchCondition": { "methods": ["get", "Post"], "route": "/" },
      "disabled": "true", "DEBUG": false, }, }, }`
  const { proxies } = await openProxiesFile(text)
  const [p] = proxies.definitions
  assert.deepEqual(
    [p?.methods, p?.isDisabled, p?.debug, p?.route, p?.backEnd],
    [['GET', 'POST'], true, false, '', undefined],
  )
})

for (const [what, text, message] of [
  ['bad JSON', '{\n  "proxies": {\n    "a": }\n', /^proxies\.json \(line 3, column 10\) is not valid JSON: /],
  ['a list', '{ "proxies": [] }', /^proxies\.json \(line 1, column 14\): 'proxies' must be an object/],
  ['no object', '"proxies"', /^proxies\.json \(line 1, column 1\) is not valid JSON: expected an object/],
  ['nothing', '', /^proxies\.json \(line 1, column 1\) is not valid JSON/],
] as const) {
  test(`a file with ${what} is one error with its place`, async () => {
    const { proxies, logged } = await openProxiesFile(text)
    assert.match(proxies.fileProblem?.message ?? '', message)
    assert.deepEqual(proxies.definitions, [])
    assert.deepEqual(
      logged.map((record) => [record.level, record.message]),
      [['error', `The proxies of the app are not available: ${proxies.fileProblem?.message}`]],
    )
  })
}

for (const [what, proxy, message] of [
  ['no object', 'x', /line 3, column 12\): 'proxies\.bad' must be an object, but is "x"/],
  ['no route', { backendUri: 'http://h' }, /line 3, column 12\): 'matchCondition\.route' is missing\./],
  ['a bad route', mock('/{a'), /line 5, column 18\): The route template '\/\{a' is invalid/],
  ['a reserved route', mock('/admin/x'), /line 5, column 18\): The specified route conflicts with/],
  ['a query in its route', mock('add?a={a}'), /line 5, column 18\): The route template/],
  [
    'methods that are no list',
    mock('/x', {}, { matchCondition: { route: 'x', methods: 'GET' } }),
    /'proxies\.bad\.matchCondition\.methods' must be an array/,
  ],
  [
    'a back end that is no URL',
    mock('/x', {}, { backendUri: 'https://%NO_SUCH%/x' }),
    /line 8, column 21\): 'https:\/\/%NO_SUCH%\/x' is not an http or https URL; the app setting 'NO_SUCH' is not set\./,
  ],
  [
    'a status that is none',
    mock('/x', { 'response.statusCode': '99' }),
    /'proxies\.bad\.responseOverrides\.response\.statusCode' must be a status from 200 to 599, but is "99"/,
  ],
  ['a header that is none', mock('/x', { 'response.headers.X Y': '1' }), /must be named like a header/],
  ['an object where a text belongs', mock('/x', { 'response.statusReason': {} }), /must be a string/],
  [
    'a switch that is none',
    mock('/x', {}, { disabled: 'maybe' }),
    /'proxies\.bad\.disabled' must be true or false/,
  ],
] as const) {
  test(`a proxy with ${what} is reported, and the others work`, async () => {
    const { proxies, logged } = await openProxiesFile({ proxies: { bad: proxy, good: mock('/good') } })
    assert.deepEqual(
      proxies.definitions.map(({ name }) => name),
      ['good'],
    )
    const [problem] = proxies.problems
    assert.equal(problem?.name, 'bad')
    assert.match(problem?.message ?? '', /^proxies\.json \(line/)
    assert.match(problem?.message ?? '', message)
    assert.ok(logged.some(({ message }) => message === `The 'bad' proxy is in error: ${problem?.message}`))
  })
}

test('two proxies cannot have the same name', async () => {
  const { proxies } = await openProxiesFile({
    proxies: { 'a b': mock('/1'), AB: mock('/2'), '…': mock('/3') },
  })
  assert.deepEqual(
    proxies.definitions.map(({ route }) => route),
    ['1'],
  )
  assert.deepEqual(
    proxies.problems.map(({ message }) => message.replace(/^.*?: /, '')),
    [
      "the function or proxy name 'AB' must be unique within the function app.",
      'the name of a proxy must have a letter, a digit, a - or a _.',
    ],
  )
})

test('what has no effect is warned of', async () => {
  const { proxies, logged } = await openProxiesFile({
    proxies: {
      p: {
        matchCondition: { route: '/p/{id}' },
        backendUri: 'https://example.com/{idd}',
        requestOverrides: { 'backend.request.header.X': '1', 'backend.request.headers.Y': '%API_KEYS%' },
        responseOverrides: { 'response.status': '200', 'response.body': 'no {warning} here' },
      },
    },
  })
  assert.equal(proxies.definitions.length, 1)
  assert.deepEqual(
    logged.filter(({ level }) => level === 'warning').map(({ message }) => message.replace(/^.*?: /, '')),
    [
      "there is no override 'backend.request.header.X'.",
      "there is no override 'response.status'.",
      "there is no variable '{idd}'.",
      "the app setting 'API_KEYS' is not set.",
    ],
  )
})

test('a list of wanted functions leaves other proxies out', async () => {
  const { proxies } = await openProxiesFile(
    { proxies: { a: mock('/a'), b: mock('/b') } },
    { wanted: ['B', 'f'] },
  )
  assert.deepEqual(
    proxies.definitions.map(({ name }) => name),
    ['b'],
  )
})
