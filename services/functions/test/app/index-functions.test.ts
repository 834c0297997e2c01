import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RpcFunctionMetadata } from '@aloft/wire'
import fc from 'fast-check'
import { indexFunctions, missingFunctionsWarning, noFunctionsWarning } from '../../src/app/index.ts'
import { BindingRegistry } from '../../src/binding-registry.ts'
import { type Files, loadFolder } from './app-folder.ts'

type Test = Parameters<typeof loadFolder>[0]
type Raw = Readonly<Record<string, unknown>>

const unused = (): never => {
  throw new Error('Indexing runs nothing.')
}
const registry = new BindingRegistry([
  {
    triggers: [
      { type: 'queueTrigger', listen: unused },
      {
        type: 'timerTrigger',
        listen: unused,
        validate(binding) {
          if (binding.schedule === 'never') throw new Error("'schedule' is not a schedule.")
        },
      },
    ],
    inputs: [{ type: 'blob', read: unused }],
    outputs: [
      { type: 'blob', write: unused },
      { type: 'queue', write: unused },
    ],
  },
])

const queueTrigger = { type: 'queueTrigger', direction: 'in', name: 'item', queueName: 'q' }
const httpTrigger = { type: 'httpTrigger', direction: 'in', name: 'req' }

function declare(
  name: string,
  bindings: readonly Raw[],
  more: Partial<RpcFunctionMetadata> = {},
): RpcFunctionMetadata {
  return {
    name,
    functionId: `id-${name}`,
    rawBindings: bindings.map((binding) => JSON.stringify(binding)),
    bindings: {},
    ...more,
  }
}

async function index(
  t: Test,
  functions: readonly RpcFunctionMetadata[],
  { files = {}, environment = {} }: { files?: Files; environment?: Record<string, string> } = {},
) {
  const app = await loadFolder(t, files, { environment })
  return { ...indexFunctions(app, { functions }, registry), app }
}

/** The message of the only problem of a function with these bindings. */
async function problemOf(
  t: Test,
  bindings: readonly Raw[],
  options?: Parameters<typeof index>[2],
): Promise<string> {
  const { functions, problems } = await index(t, [declare('Fn', bindings)], options)
  assert.deepEqual(functions, [])
  assert.equal(problems.length, 1)
  assert.equal(problems[0]?.name, 'Fn')
  return problems[0].message
}

test('a registered function is indexed with all its options', async (t) => {
  const output = {
    type: 'queue',
    direction: 'out',
    name: '$return',
    queueName: 'out-{id}',
    connection: 'Orders',
  }
  const metadata = declare('Fn', [{ ...queueTrigger, cardinality: 'Many', dataType: 'binary' }, output], {
    directory: '/apps/shop',
    scriptFile: 'src/fn.js',
    entryPoint: 'handler',
  })
  const { functions, problems, app } = await index(t, [metadata])
  const trigger = { ...queueTrigger, cardinality: 'many', dataType: 'binary' }
  assert.deepEqual(problems, [])
  assert.deepEqual(functions, [
    {
      name: 'Fn',
      id: 'id-Fn',
      bindings: [trigger, { ...output, dataType: 'undefined' }],
      trigger,
      retry: undefined,
      isDisabled: false,
      language: app.runtime,
      scriptFile: '/apps/shop/src/fn.js',
      entryPoint: 'handler',
    },
  ])
})

test('options are read in Pascal case too, and the direction defaults to in', async (t) => {
  const raw = { Type: 'queueTrigger', Name: 'item', QueueName: 'q', Connection: 'C' }
  const { functions } = await index(t, [declare('Fn', [raw])])
  assert.deepEqual(functions[0]?.trigger, {
    type: 'queueTrigger',
    name: 'item',
    direction: 'in',
    dataType: 'undefined',
    queueName: 'q',
    connection: 'C',
  })
})

const wrongBindings: readonly (readonly [title: string, bindings: readonly Raw[], message: RegExp])[] = [
  ['no binding', [], /^At least one binding must be declared\.$/],
  ['no trigger', [{ type: 'queue', direction: 'out', name: 'o' }], /^No trigger binding specified\./],
  ['a trigger of direction out', [{ ...queueTrigger, direction: 'out' }], /^No trigger binding specified\./],
  [
    'two triggers',
    [queueTrigger, { ...httpTrigger, name: 'second' }],
    /^Multiple trigger bindings defined\./,
  ],
  [
    'a binding name with a dash',
    [{ ...queueTrigger, name: 'my-item' }],
    /^The binding name my-item is invalid\./,
  ],
  ['no binding name', [{ type: 'queueTrigger' }], /^The binding name {2}is invalid\./],
  ['no type', [{ name: 'item' }], /^Binding 'item' is invalid\. Bindings must specify a Type\.$/],
  [
    'a direction that is none',
    [{ ...queueTrigger, direction: 'sideways' }],
    /^'sideways' is not a valid binding direction\.$/,
  ],
  [
    'a dataType that is none',
    [{ ...queueTrigger, dataType: 'xml' }],
    /^'xml' is not a valid dataType of binding 'item'/,
  ],
  [
    'a cardinality that is none',
    [{ ...queueTrigger, cardinality: 'few' }],
    /^'few' is not a valid cardinality/,
  ],
  [
    '$return as an input',
    [queueTrigger, { type: 'blob', direction: 'in', name: '$return' }],
    /^\$return bindings must specify a direction of 'out'\.$/,
  ],
  [
    'names that differ by case alone',
    [queueTrigger, { type: 'queue', direction: 'out', name: 'ITEM' }],
    /^Multiple bindings with name 'ITEM' discovered\. Binding names must be unique\.$/,
  ],
  [
    'an unbalanced brace',
    [queueTrigger, { type: 'blob', direction: 'out', name: 'o', path: 'a/{id' }],
    /^Invalid template 'a\/\{id'\. Missing closing bracket at position 3\.$/,
  ],
  [
    'a setting that nobody set',
    [{ ...queueTrigger, queueName: '%QUEUE%' }],
    /^'%QUEUE%' does not resolve to a value\.$/,
  ],
  [
    'a value that its extension refuses',
    [{ type: 'timerTrigger', name: 'timer', schedule: 'never' }],
    /^'schedule' is not a schedule\.$/,
  ],
]
for (const [title, bindings, message] of wrongBindings) {
  test(`a function with ${title} is a problem`, async (t) => {
    assert.match(await problemOf(t, bindings), message)
  })
}

test('binding types that nobody knows are named all at once, with the advice that fits the app', async (t) => {
  const bindings = [
    { type: 'faxTrigger', name: 'fax' },
    { type: 'pigeon', direction: 'out', name: 'p' },
    { type: 'queue', direction: 'in', name: 'q' },
  ]
  assert.equal(
    await problemOf(t, bindings),
    "The binding type(s) 'faxTrigger, pigeon, queue' are not registered. Please ensure the type is correct and the binding extension is installed.",
  )
  const extensionBundle = { id: 'B', version: '[4.*, 5.0.0)' }
  const files = { 'host.json': { version: '2.0', extensionBundle } }
  assert.equal(
    await problemOf(t, bindings, { files }),
    "The binding type(s) 'faxTrigger, pigeon, queue' were not found in the configured extension bundle. Please ensure the type is correct and the correct version of extension bundle is configured",
  )
})

test('binding JSON that is broken is a problem of its function alone', async (t) => {
  const broken = declare('Broken', [], { rawBindings: ['{'] })
  const { functions, problems } = await index(t, [broken, declare('Fine', [queueTrigger])])
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['Fine'],
  )
  assert.deepEqual(
    problems.map(({ name }) => name),
    ['Broken'],
  )
})

for (const name of ['1st', 'has space', 'host', 'HOST', 'ünder', 'a'.repeat(129), '']) {
  test(`'${name.slice(0, 20)}' is no function name`, async (t) => {
    const { functions, problems } = await index(t, [declare(name, [queueTrigger])])
    assert.deepEqual(
      [functions, problems],
      [[], [{ name, message: `'${name}' is not a valid function name.` }]],
    )
  })
}

test('functions are sorted by name, ordinal and ignoring case', async (t) => {
  const names = ['b', 'C', 'a_b', 'aB', 'A-b', 'a1']
  const { functions } = await index(
    t,
    names.map((name) => declare(name, [queueTrigger])),
  )
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['A-b', 'a1', 'aB', 'a_b', 'b', 'C'],
  )
})

test('a second function of the same name, ignoring case, is a problem', async (t) => {
  const { functions, problems } = await index(t, [
    declare('Fn', [queueTrigger]),
    declare('FN', [httpTrigger]),
  ])
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['Fn'],
  )
  assert.match(problems[0]?.message ?? '', /another function named 'Fn'/)
})

test('settings are put into options, but not into free text and JSON', async (t) => {
  const binding = {
    ...queueTrigger,
    queueName: '%PREFIX%-%Stage%',
    description: '100% sure',
    toolDescription: '%PREFIX%',
    toolProperties: '[{"propertyName":"50%"}]',
    batchSize: 5,
  }
  const environment = { PREFIX: 'orders', STAGE: 'test' }
  const { functions } = await index(t, [declare('Fn', [binding])], { environment })
  assert.deepEqual(functions[0]?.trigger, { ...binding, queueName: 'orders-test', dataType: 'undefined' })
})

test('a connection is the name of a setting, plain, or in percent signs either way', async (t) => {
  const environment = { ORDERS: 'UseDevelopmentStorage=true', WHICH: 'ORDERS' }
  const connectionOf = async (connection: string) => {
    const { functions } = await index(t, [declare('Fn', [{ ...queueTrigger, connection }])], { environment })
    return functions[0]?.trigger.connection
  }
  assert.equal(await connectionOf('ORDERS'), 'ORDERS')
  assert.equal(await connectionOf('%ORDERS%'), 'ORDERS')
  assert.equal(await connectionOf('%WHICH%'), 'ORDERS')
  assert.equal(await connectionOf('NotThere'), 'NotThere')
  assert.equal(await connectionOf(''), undefined)
})

for (const [name, value, isDisabled] of [
  ['AzureWebJobs.Fn.Disabled', '1', true],
  ['AzureWebJobs.fn.disabled', 'true', true],
  ['AzureWebJobs_Fn_Disabled', 'True', true],
  ['AzureWebJobs__Fn__Disabled', '1', true],
  ['AzureWebJobs:Fn:Disabled', '1', true],
  ['AzureWebJobs.Fn.Disabled', 'false', false],
  ['AzureWebJobs.Fn.Disabled', '0', false],
  ['AzureWebJobs.Other.Disabled', '1', false],
] as const) {
  test(`${name}=${value} ${isDisabled ? 'disables' : 'leaves'} the function`, async (t) => {
    const { functions } = await index(t, [declare('Fn', [queueTrigger])], { environment: { [name]: value } })
    assert.equal(functions[0]?.isDisabled, isDisabled)
  })
}

test('a function that its own file switches off is disabled', async (t) => {
  const app = await loadFolder(t, {})
  const functions = [declare('A', [queueTrigger]), declare('B', [queueTrigger])]
  const indexed = indexFunctions(app, { functions, disabled: new Set(['B']) }, registry)
  assert.deepEqual(
    indexed.functions.map(({ isDisabled }) => isDisabled),
    [false, true],
  )
})

test('only the wanted functions, and their problems, are shown', async (t) => {
  const files = { 'host.json': { version: '2.0', functions: ['a', 'C'] } }
  const app = await loadFolder(t, files)
  const functions = ['A', 'B'].map((name) => declare(name, [queueTrigger]))
  const problems = [
    { name: 'C', message: 'c' },
    { name: 'D', message: 'd' },
  ]
  const indexed = indexFunctions(app, { functions, problems }, registry)
  assert.deepEqual(
    indexed.functions.map(({ name }) => name),
    ['A'],
  )
  assert.deepEqual(indexed.problems, [{ name: 'C', message: 'c' }])
})

test('functions that are asked for and not there are named', async (t) => {
  const app = await loadFolder(t, { 'host.json': { version: '2.0', functions: ['a', 'gone', 'lost'] } })
  assert.equal(
    missingFunctionsWarning(app, [{ name: 'A' }]),
    "This app has no function 'gone' and no function 'lost', which host.json (functions) or --functions asks for.",
  )
  assert.equal(
    missingFunctionsWarning(
      app,
      ['A', 'Gone', 'Lost'].map((name) => ({ name })),
    ),
    undefined,
  )
  assert.equal(missingFunctionsWarning(await loadFolder(t, {}), []), undefined)
})

test('the command line chooses functions over host.json', async (t) => {
  const app = await loadFolder(
    t,
    { 'host.json': { version: '2.0', functions: ['A'] } },
    { overrides: { functions: ['B'] } },
  )
  const functions = ['A', 'B'].map((name) => declare(name, [queueTrigger]))
  assert.deepEqual(
    indexFunctions(app, { functions }, registry).functions.map(({ name }) => name),
    ['B'],
  )
})

test('a function’s own retry policy beats that of host.json', async (t) => {
  const retry = { strategy: 'fixedDelay', maxRetryCount: 1, delayInterval: '00:00:01' }
  const own = {
    maxRetryCount: 9,
    retryStrategy: 'exponentialBackoff',
    minimumInterval: { seconds: 1, nanos: 500_000_000 },
    maximumInterval: { seconds: 60 },
  } as const
  const functions = [declare('A', [queueTrigger], { retryOptions: own }), declare('B', [queueTrigger])]
  const indexed = await index(t, functions, { files: { 'host.json': { version: '2.0', retry } } })
  assert.deepEqual(
    indexed.functions.map((definition) => definition.retry),
    [
      { strategy: 'exponentialBackoff', maxRetryCount: 9, delayMs: 0, minimumMs: 1500, maximumMs: 60_000 },
      { strategy: 'fixedDelay', maxRetryCount: 1, delayMs: 1000, minimumMs: 0, maximumMs: 0 },
    ],
  )
})

test('retry options that lack what their strategy needs are a problem', async (t) => {
  const functions = [
    declare('A', [queueTrigger], { retryOptions: { maxRetryCount: 1, retryStrategy: 'fixedDelay' } }),
    declare('B', [queueTrigger], { retryOptions: { maxRetryCount: 0.5, retryStrategy: 'fixedDelay' } }),
  ]
  const { problems } = await index(t, functions)
  assert.match(problems[0]?.message ?? '', /'delayInterval' is missing/)
  assert.match(
    problems[1]?.message ?? '',
    /'maxRetryCount' must be a whole number of at least -1, but is 0\.5/,
  )
})

const route = (name: string, path: string | undefined, methods?: readonly string[]) =>
  declare(name, [{ ...httpTrigger, route: path, methods }])

test('a function whose route and methods belong to another is a problem that names both', async (t) => {
  const { functions, problems } = await index(t, [
    route('B', '/Orders/{id}', ['get']),
    route('A', 'orders/{id}', ['GET', 'POST']),
  ])
  assert.deepEqual(
    functions.map(({ name }) => name),
    ['A'],
  )
  assert.deepEqual(problems, [
    {
      name: 'B',
      message: "The route 'api/Orders/{id}' [get] of function 'B' already belongs to function 'A'.",
    },
  ])
})

test('a function behind a route that takes everything is a problem, too', async (t) => {
  const { functions, problems } = await index(t, [
    route('C', 'files/{*rest}', ['get']),
    route('D', 'files', ['get']),
    route('E', 'files/{id}', ['get', 'post']),
    route('F', 'filesystem', ['get']),
    route('G', 'pages/{*rest:length(3)}'),
    route('H', 'pages/{id}'),
    route('Y', '{*rest}', ['get']),
    route('Z', 'home', ['get']),
  ])
  assert.equal(functions.map(({ name }) => name).join(''), 'CEFGHY')
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      "The route 'api/files' [get] of function 'D' already belongs to function 'C'.",
      "The route 'api/home' [get] of function 'Z' already belongs to function 'Y'.",
    ],
  )
})

test('a fixed route where an earlier function has a parameter of its own is a problem, too', async (t) => {
  const get = (name: string, path: string) => route(name, path, ['get'])
  const { problems } = await index(t, [
    get('api', '{file?}'),
    get('item', 'shop/{id}'),
    get('shop', 'shop'),
    get('shopNews', 'shop/news'),
    get('shopNewsNew', 'shop/news/new'),
    get('users', 'users'),
    route('usersPost', 'users', ['post']),
    get('whole', 'numbers/{id:int}'),
    get('zero', 'numbers/zero'),
  ])
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      "The route 'api/shop' [get] of function 'shop' already belongs to function 'api'.",
      "The route 'api/shop/news' [get] of function 'shopNews' already belongs to function 'item'.",
      "The route 'api/users' [get] of function 'users' already belongs to function 'api'.",
    ],
  )
})

test('routes taken by several functions together name them all', async (t) => {
  const { problems } = await index(t, [
    route('A', 'x', ['get']),
    route('B', 'x', ['post']),
    route('C', 'x', ['post', 'get']),
  ])
  assert.match(problems[0]?.message ?? '', /of function 'C' already belongs to function 'B' and 'A'\.$/)
})

test('routes that share only some methods, or none, or differ, stay', async (t) => {
  const { functions, problems } = await index(t, [
    route('A', 'x', ['get']),
    route('B', 'x', ['get', 'post']),
    route('C', 'x'),
    route('D', 'y', ['get']),
    route('E', undefined),
  ])
  assert.deepEqual([functions.length, problems], [5, []])
})

test('a route equal to another function’s name is taken, unless that function is disabled', async (t) => {
  const functions = [route('A', undefined), route('B', 'a')]
  assert.deepEqual(
    (await index(t, functions)).problems.map(({ name }) => name),
    ['B'],
  )
  const environment = { 'AzureWebJobs.A.Disabled': '1' }
  assert.deepEqual((await index(t, functions, { environment })).problems, [])
})

test('an app without functions is told where they were sought', async (t) => {
  const app = await loadFolder(t, {})
  assert.match(noFunctionsWarning(app), /^No job functions found\. .*"main" in package\.json/)
  assert.ok(noFunctionsWarning(app).includes(app.context.rootDirectory))
})

test('whatever a worker declares, indexing answers with functions and problems and never throws', async (t) => {
  const app = await loadFolder(t, {})
  const binding = fc.record(
    {
      name: fc.oneof(fc.constantFrom('item', '$return', '$RETURN'), fc.string()),
      type: fc.oneof(fc.constantFrom('queueTrigger', 'queue', 'httpTrigger'), fc.string()),
      direction: fc.oneof(fc.constantFrom('in', 'out', 'inout'), fc.jsonValue()),
      path: fc.string({ unit: fc.constantFrom('{', '}', '%', 'a', ':', '.') }),
    },
    { requiredKeys: [] },
  )
  const raw = fc
    .oneof({ weight: 4, arbitrary: binding }, fc.jsonValue())
    .map((value) => JSON.stringify(value))
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.constantFrom('A', 'a', 'B', ''), raw: fc.array(raw) })),
      (list) => {
        const functions = list.map((item) => declare(item.name, [], { rawBindings: item.raw }))
        const indexed = indexFunctions(app, { functions }, registry)
        assert.equal(indexed.functions.length + indexed.problems.length, functions.length)
        for (const definition of indexed.functions)
          assert.ok(definition.bindings.includes(definition.trigger))
      },
    ),
  )
})
