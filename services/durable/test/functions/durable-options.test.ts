import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AppContext, systemClock } from '@aloft/kernel'
import { readDurableOptions } from '../../src/functions/durable-options.ts'

function appWith(durableTask: Record<string, unknown>, settings: Record<string, string> = {}): AppContext {
  return {
    hostId: 'h',
    name: 'my-app',
    rootDirectory: '/app',
    clock: systemClock,
    setting: (name) => settings[name],
    connection: () => undefined,
    extension: () => durableTask,
  }
}

test('a hub is named as Azure names it, and stored under the name of its app', () => {
  const { hubName, storedHubName } = readDurableOptions(appWith({}))
  assert.deepEqual([hubName, storedHubName], ['TestHubName', 'myapp'])
  const named = (site: string) => readDurableOptions(appWith({}, { WEBSITE_SITE_NAME: site })).hubName
  assert.deepEqual(['shop', '1st-site', 'x', '--'].map(named), ['shop', 't1stsite', 'xHub', 'DefaultTaskHub'])
  assert.equal(readDurableOptions(appWith({ HubName: 'Mine' })).storedHubName, 'Mine')
  assert.equal(readDurableOptions(appWith({ HubName: 'Mine' })).hubName, 'Mine')
  assert.equal(
    readDurableOptions(appWith({ hubName: '%Hub%' }, { Hub: 'FromSetting' })).hubName,
    'FromSetting',
  )
})

test('a name that is none is refused, with what it should be', () => {
  assert.throws(() => readDurableOptions(appWith({ hubName: '1st' })), /'1st' is no name for a task hub/)
  assert.throws(() => readDurableOptions(appWith({ hubName: '%None%' })), /names the app setting 'None'/)
})

test('a slot needs a hub of its own', () => {
  const slot = { WEBSITE_SLOT_NAME: 'staging' }
  assert.throws(
    () => readDurableOptions(appWith({}, slot)),
    /must be specified in host\.json when using slots/,
  )
  assert.equal(readDurableOptions(appWith({ hubName: 'Staging' }, slot)).hubName, 'Staging')
  assert.equal(readDurableOptions(appWith({}, { WEBSITE_SLOT_NAME: 'Production' })).hubName, 'TestHubName')
})

test('options are checked, and texts stand for numbers and flags', () => {
  const options = readDurableOptions(
    appWith({
      maxConcurrentActivityFunctions: '7',
      overridableExistingInstanceStates: 'anystate',
      completeWithOpenTasks: 'true',
      httpSettings: { defaultAsyncRequestSleepTimeMilliseconds: 500, useForwardedHost: true },
      storageProvider: { type: 'mssql', connectionStringName: 'Sql' },
      defaultVersion: '1.0',
    }),
  )
  assert.equal(options.hub.maxConcurrentActivities, 7)
  assert.ok(options.hub.replaceable?.includes('Running'))
  assert.deepEqual([options.openTasks, options.forwardedHost], ['leave', 'used'])
  assert.deepEqual([options.defaultHttpPollMs, options.connectionName], [500, 'Sql'])
  assert.throws(
    () => readDurableOptions(appWith({ maxConcurrentActivityFunctions: 'many' })),
    /extensions\.durableTask\.maxConcurrentActivityFunctions is "many", which is not a whole number/,
  )
  assert.throws(() => readDurableOptions(appWith({ versionMatchStrategy: 'Any' })), /one of None, Strict/)
})

test('what has ended is kept as long as the policies say', () => {
  const retention = (...retentionPolicies: unknown[]) =>
    readDurableOptions(appWith({ retentionPolicies })).hub.retention
  const day = 24 * 3_600_000
  assert.deepEqual(
    retention({ retentionPeriodInDays: 30, orchestrationState: 'completed' }, { retentionPeriodInDays: 90 }),
    [{ keepMs: 30 * day, status: 'Completed' }, { keepMs: 90 * day }],
  )
  assert.deepEqual(readDurableOptions(appWith({})).hub.retention, [])
  assert.throws(() => retention({}), /retentionPolicies\[0\]\.retentionPeriodInDays is null/)
  assert.throws(() => retention('30'), /a list of objects/)
  assert.throws(
    () => readDurableOptions(appWith({ maxConcurrentEntityFunctions: 0 })),
    /is 0, which is not a positive number/,
  )
})

test('notifications name what is told, and how often it is tried', () => {
  const eventGrid = {
    topicEndpoint: '%Topic%',
    keySettingName: 'TopicKey',
    publishRetryCount: 3,
    publishRetryInterval: '00:00:30',
    publishEventTypes: ['completed', 'Running'],
  }
  const settings = { Topic: 'https://topic.example/api/events', TopicKey: 'secret' }
  const read = (changes: object, given: Record<string, string> = settings) =>
    readDurableOptions(appWith({ notifications: { eventGrid: { ...eventGrid, ...changes } } }, given))
  const { notifications } = read({})
  assert.equal(notifications?.topicEndpoint, settings.Topic)
  assert.deepEqual([notifications?.events, notifications?.key], [['Completed', 'Started'], 'secret'])
  assert.deepEqual([notifications?.retryCount, notifications?.retryIntervalMs], [3, 30_000])
  assert.throws(() => read({ publishRetryInterval: '02:00:00' }), /a time span of at most an hour/)
  assert.throws(() => read({ publishEventTypes: ['Pending'] }), /one of Started, Completed, Failed/)
  assert.throws(() => read({ keySettingName: undefined }), /it has no keySettingName/)
  assert.throws(() => read({}, { Topic: settings.Topic }), /the app setting 'TopicKey' is not there/)
})
