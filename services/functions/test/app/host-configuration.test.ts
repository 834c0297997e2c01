import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@aloft/kernel'
import { loadFolder } from './app-folder.ts'

type Test = Parameters<typeof loadFolder>[0]

async function hostOf(t: Test, hostJson: object, environment: Record<string, string> = {}) {
  const files = { 'host.json': { version: '2.0', ...hostJson } }
  return (await loadFolder(t, files, { environment })).host
}

/** The UserError that this text of host.json makes. */
async function refusal(t: Test, text: string, environment: Record<string, string> = {}): Promise<UserError> {
  const thrown = await loadFolder(t, { 'host.json': text }, { environment }).catch((error: unknown) => error)
  assert.ok(thrown instanceof UserError, `expected a UserError, not ${String(thrown)}`)
  return thrown
}

test('an empty host.json has the documented defaults', async (t) => {
  assert.deepEqual(await hostOf(t, {}), {
    functionTimeoutMs: 30 * 60_000,
    functions: undefined,
    retry: undefined,
    watchDirectories: [],
    watchFiles: ['host.json', 'function.json', 'proxies.json', 'local.settings.json'],
    http: {
      routePrefix: 'api',
      maxOutstandingRequests: -1,
      maxConcurrentRequests: -1,
      refusesWhenOverloaded: false,
      customHeaders: {},
      hsts: undefined,
    },
    logLevels: {},
    fileLoggingMode: 'debugOnly',
    extensionBundle: undefined,
    customHandler: undefined,
    concurrency: {
      isDynamic: false,
      keepsSnapshots: true,
      maximumPerFunction: 500,
      cpuThreshold: 0.8,
      memoryThreshold: 0.8,
      totalMemoryBytes: undefined,
    },
    healthMonitor: {
      isEnabled: true,
      intervalMs: 10_000,
      windowMs: 120_000,
      threshold: 6,
      counterThreshold: 0.8,
    },
    singleton: { lockPeriodMs: 15_000, listenerLockPeriodMs: 60_000, listenerLockRecoveryMs: 60_000 },
    extensions: {},
    raw: { version: '2.0' },
  })
})

for (const [written, ms] of [
  ['00:05:00', 300_000],
  ['00:00:01', 1000],
  ['1.00:00:00', 86_400_000],
  ['-1', undefined],
  [-1, undefined],
] as const) {
  test(`functionTimeout ${JSON.stringify(written)} is ${ms ?? 'unbounded'}`, async (t) => {
    assert.equal((await hostOf(t, { functionTimeout: written })).functionTimeoutMs, ms)
  })
}

test('the HTTP section is read whole', async (t) => {
  const http = {
    routePrefix: '/v1/',
    maxOutstandingRequests: 200,
    maxConcurrentRequests: '100',
    customHeaders: { 'X-Frame-Options': 'DENY', 'X-Version': 3 },
    hsts: { isEnabled: true, maxAge: '10', includeSubDomains: true, excludedHosts: ['a'] },
    dynamicThrottlesEnabled: true,
    enableChunkedRequestBinding: false,
  }
  assert.deepEqual((await hostOf(t, { extensions: { http } })).http, {
    routePrefix: 'v1',
    maxOutstandingRequests: 200,
    maxConcurrentRequests: 100,
    refusesWhenOverloaded: true,
    customHeaders: { 'X-Frame-Options': 'DENY', 'X-Version': '3' },
    hsts: { maxAgeSeconds: 864_000, includeSubDomains: true, preload: false, excludedHosts: ['a'] },
  })
})

test('the route prefix may be empty', async (t) => {
  assert.equal((await hostOf(t, { extensions: { http: { routePrefix: '' } } })).http.routePrefix, '')
})

test('concurrency, health monitor and locks are read whole', async (t) => {
  const { concurrency, healthMonitor, singleton } = await hostOf(t, {
    concurrency: {
      dynamicConcurrencyEnabled: true,
      snapshotPersistenceEnabled: 'false',
      maximumFunctionConcurrency: -1,
      CPUThreshold: '0.5',
      totalAvailableMemoryBytes: 4_000_000_000,
    },
    healthMonitor: {
      enabled: false,
      healthCheckInterval: '00:00:05',
      healthCheckWindow: '00:01:00',
      healthCheckThreshold: 3,
      counterThreshold: 0.9,
    },
    singleton: {
      lockPeriod: '00:00:30',
      listenerLockPeriod: '00:00:20',
      listenerLockRecoveryPollingInterval: '00:02:00',
      lockAcquisitionTimeout: '00:01:00',
      lockAcquisitionPollingInterval: '00:00:03',
    },
  })
  assert.deepEqual(concurrency, {
    isDynamic: true,
    keepsSnapshots: false,
    maximumPerFunction: Number.POSITIVE_INFINITY,
    cpuThreshold: 0.5,
    memoryThreshold: 0.8,
    totalMemoryBytes: 4_000_000_000,
  })
  assert.deepEqual(healthMonitor, {
    isEnabled: false,
    intervalMs: 5000,
    windowMs: 60_000,
    threshold: 3,
    counterThreshold: 0.9,
  })
  assert.deepEqual(singleton, {
    lockPeriodMs: 30_000,
    listenerLockPeriodMs: 20_000,
    listenerLockRecoveryMs: 120_000,
  })
})

for (const [section, what] of [
  [
    '{"concurrency":{"maximumFunctionConcurrency":0}}',
    /maximumFunctionConcurrency' must be -1, or at least 1/,
  ],
  ['{"concurrency":{"cpuThreshold":80}}', /cpuThreshold' must be a number between 0.01 and 0.99/],
  ['{"healthMonitor":{"counterThreshold":"much"}}', /counterThreshold' must be a number/],
  ['{"singleton":{"lockPeriod":"00:00:05"}}', /lockPeriod' must be a duration/],
  [
    '{"singleton":{"lockAcquisitionPollingInterval":"00:00:00.1"}}',
    /lockAcquisitionPollingInterval' must be/,
  ],
] as const) {
  test(`a value out of bounds is refused: ${section}`, async (t) => {
    const text = section.replace('{', '{"version":"2.0",')
    assert.match((await refusal(t, text)).message, what)
  })
}

test('log levels are read in any case', async (t) => {
  const logLevel = { default: 'Warning', 'Function.X.User': 'trace' }
  const { logLevels } = await hostOf(t, { logging: { logLevel } })
  assert.deepEqual(logLevels, { default: 'warning', 'Function.X.User': 'trace' })
})

test('retry policies of both strategies are read', async (t) => {
  const fixed = { strategy: 'fixedDelay', maxRetryCount: -1, delayInterval: '00:00:10' }
  assert.deepEqual((await hostOf(t, { retry: fixed })).retry, {
    strategy: 'fixedDelay',
    maxRetryCount: -1,
    delayMs: 10_000,
    minimumMs: 0,
    maximumMs: 0,
  })
  const exponential = {
    strategy: 'ExponentialBackoff',
    maxRetryCount: 5,
    minimumInterval: '00:00:01',
    maximumInterval: '00:01:00',
  }
  assert.deepEqual((await hostOf(t, { retry: exponential })).retry, {
    strategy: 'exponentialBackoff',
    maxRetryCount: 5,
    delayMs: 0,
    minimumMs: 1000,
    maximumMs: 60_000,
  })
})

test('watch lists add to the default files', async (t) => {
  const host = await hostOf(t, { watchDirectories: ['Shared'], watchFiles: ['my.json', 'host.json'] })
  assert.deepEqual(host.watchDirectories, ['Shared'])
  assert.deepEqual(host.watchFiles.slice(3), ['local.settings.json', 'my.json'])
})

test('keys are found in any case and stray keys never fail', async (t) => {
  const host = await hostOf(t, {
    FUNCTIONTIMEOUT: '00:01:00',
    Extensions: { HTTP: { RoutePrefix: 'x' } },
    mcp: { anything: [1] },
    samplingExcludedTypes: 'Request',
    logging: { applicationInsights: { samplingSettings: { isEnabled: true, excludedTypes: 'Request' } } },
  })
  assert.equal(host.functionTimeoutMs, 60_000)
  assert.equal(host.http.routePrefix, 'x')
})

for (const version of ['[4.*, 5.0.0)', '[3.3.0]', '[4.0.0,)', '4.2.0', '(1.0, 2.0]']) {
  test(`the bundle version ${version} is a range`, async (t) => {
    const host = await hostOf(t, { extensionBundle: { id: 'B', version } })
    assert.deepEqual(host.extensionBundle, { id: 'B', version })
  })
}

test('AzureFunctionsJobHost settings override the file, in any case and with either separator', async (t) => {
  const host = await hostOf(
    t,
    { extensions: { http: { routePrefix: 'api' }, queues: { batchSize: 16 } }, functions: ['A', 'B', 'C'] },
    {
      AzureFunctionsJobHost__Extensions__HTTP__routeprefix: 'v2',
      'azurefunctionsjobhost:extensions:queues:batchSize': '4',
      AzureFunctionsJobHost__functions__1: 'X',
      AzureFunctionsJobHost__logging__logLevel__default: 'Error',
      AzureFunctionsJobHost__watchDirectories__1: 'second',
      AzureFunctionsJobHost__watchDirectories__0: 'first',
      AzureFunctionsJobHost__extensions__durableTask__hubName: '007',
    },
  )
  assert.equal(host.http.routePrefix, 'v2')
  assert.deepEqual(host.extensions.queues, { batchSize: 4 })
  assert.deepEqual(host.functions, ['A', 'X', 'C'])
  assert.deepEqual(host.logLevels, { default: 'error' })
  assert.deepEqual(host.watchDirectories, ['first', 'second'])
  assert.deepEqual(host.extensions.durableTask, { hubName: '007' })
  assert.deepEqual(host.raw.functions, ['A', 'X', 'C'])
})

const missing = '{\n  "logging": {}\n}'
for (const [title, text, line, message] of [
  ['missing', missing, 1, /required property 'version' is missing; expected "version": "2.0"/],
  ['of another schema', '{\n  "version": "3.0"\n}', 2, /'version' is "3.0", but expected "2.0"/],
  ['a number', '{\n  "version": 2.0\n}', 2, /'version' is 2, but expected "2.0"/],
] as const) {
  test(`a version that is ${title} is refused with file and line`, async (t) => {
    const error = await refusal(t, text)
    assert.match(error.message, message)
    assert.deepEqual([error.location?.file, error.location?.line], ['host.json', line])
  })
}

const wrongValues: readonly (readonly [section: string, message: RegExp])[] = [
  [
    '"functionTimeout": "soon"',
    /'functionTimeout' must be a duration in the form hh:mm:ss of at least 1 s, but is "soon"/,
  ],
  ['"functionTimeout": "00:00:00"', /'functionTimeout' must be a duration/],
  ['"functions": "A"', /'functions' must be an array of strings, but is "A"/],
  ['"functions": ["A", 2]', /'functions\.1' must be a string, but is 2/],
  [
    '"retry": {"strategy": "never", "maxRetryCount": 1}',
    /'retry\.strategy' must be one of fixedDelay, exponentialBackoff/,
  ],
  ['"retry": {"strategy": "fixedDelay", "delayInterval": "00:00:01"}', /'retry\.maxRetryCount' is missing/],
  [
    '"retry": {"strategy": "fixedDelay", "maxRetryCount": -2, "delayInterval": "00:00:01"}',
    /'retry\.maxRetryCount' must be a whole number of at least -1/,
  ],
  [
    '"retry": {"strategy": "exponentialBackoff", "maxRetryCount": 1, "minimumInterval": "00:01:00", "maximumInterval": "00:00:01"}',
    /'retry\.maximumInterval' must be at least minimumInterval/,
  ],
  ['"extensions": []', /'extensions' must be an object, but is an array/],
  ['"extensions": {"queues": 5}', /'extensions\.queues' must be an object, but is 5/],
  [
    '"extensions": {"http": {"routePrefix": {}}}',
    /'extensions\.http\.routePrefix' must be a string, but is an object/,
  ],
  [
    '"extensions": {"http": {"maxConcurrentRequests": 1.5}}',
    /'extensions\.http\.maxConcurrentRequests' must be a whole number of at least -1, but is 1\.5/,
  ],
  [
    '"extensions": {"http": {"hsts": {"isEnabled": "yes"}}}',
    /'extensions\.http\.hsts\.isEnabled' must be true or false, but is "yes"/,
  ],
  [
    '"extensions": {"http": {"dynamicThrottlesEnabled": 1}}',
    /dynamicThrottlesEnabled' must be true or false, but is 1/,
  ],
  [
    '"extensions": {"http": {"customHeaders": {"A": ["b"]}}}',
    /'extensions\.http\.customHeaders\.A' must be a string, but is an array/,
  ],
  [
    '"logging": {"logLevel": {"default": "Loud"}}',
    /'logging\.logLevel\.default' must be one of trace, debug, information/,
  ],
  [
    '"logging": {"fileLoggingMode": "maybe"}',
    /'logging\.fileLoggingMode' must be one of never, always, debugOnly/,
  ],
  ['"logging": {"console": {"isEnabled": 3}}', /'logging\.console\.isEnabled' must be true or false/],
  ['"telemetryMode": "x"', /'telemetryMode' must be one of ApplicationInsights, OpenTelemetry/],
  ['"singleton": {"lockPeriod": "00:02:00"}', /'singleton\.lockPeriod' must be a duration/],
  ['"extensionBundle": {"id": "x"}', /'extensionBundle' needs both 'id' and 'version'/],
  [
    '"extensionBundle": {"id": "x", "version": "newest"}',
    /'extensionBundle\.version' must be a version range/,
  ],
]
for (const [section, message] of wrongValues) {
  test(`host.json with ${section} is refused with its line`, async (t) => {
    const error = await refusal(t, `{\n  "version": "2.0",\n  ${section}\n}`)
    assert.match(error.message, message)
    assert.deepEqual([error.location?.file, error.location?.line], ['host.json', 3])
    assert.ok(error.message.startsWith('host.json (line 3, column '))
  })
}

test('a wrong override is blamed on its setting, not on the file', async (t) => {
  const environment = { AzureFunctionsJobHost__extensions__http__maxConcurrentRequests: 'many' }
  const error = await refusal(t, '{"version":"2.0"}', environment)
  assert.equal(
    error.message,
    'The app setting AzureFunctionsJobHost__extensions__http__maxConcurrentRequests must be a whole number of at least -1, but is "many".',
  )
})
