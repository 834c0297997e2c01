import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import { ServicePropertiesStore } from '../../src/accounts/service-properties-store.ts'
import { defaultServiceProperties, mergeServiceProperties } from '../../src/protocol/service-properties.ts'
import { StorageError } from '../../src/protocol/storage-error.ts'
import { openFront } from './open-front.ts'
import { blobCredential, once, queueCredential, tableCredential } from './sdk-clients.ts'

const rule = {
  allowedOrigins: 'https://a.example,https://b.example',
  allowedMethods: 'GET,PUT',
  allowedHeaders: 'x-ms-meta-*,content-type',
  exposedHeaders: 'x-ms-*',
  maxAgeInSeconds: 60,
}

test('the Blob SDK reads the service properties that it has set', async (t) => {
  const { url, faults } = await openFront(t)
  const client = new BlobServiceClient(url, blobCredential, once)
  const before = await client.getProperties()
  assert.equal(before.deleteRetentionPolicy?.enabled, false)
  assert.equal(before.staticWebsite?.enabled, false)
  await client.setProperties({
    blobAnalyticsLogging: {
      version: '1.0',
      deleteProperty: true,
      read: true,
      write: false,
      retentionPolicy: { enabled: true, days: 5 },
    },
    hourMetrics: { version: '1.0', enabled: true, includeAPIs: true, retentionPolicy: { enabled: false } },
    cors: [rule],
    defaultServiceVersion: '2021-08-06',
    deleteRetentionPolicy: { enabled: true, days: 7 },
    staticWebsite: { enabled: true, indexDocument: 'index.html', errorDocument404Path: '404.html' },
  })
  const after = await client.getProperties()
  assert.equal(after.blobAnalyticsLogging?.retentionPolicy.days, 5)
  assert.equal(after.hourMetrics?.includeAPIs, true)
  assert.deepEqual(after.cors, [rule])
  assert.equal(after.defaultServiceVersion, '2021-08-06')
  assert.deepEqual(after.deleteRetentionPolicy, { enabled: true, days: 7 })
  assert.equal(after.staticWebsite?.errorDocument404Path, '404.html')
  await client.setProperties({ cors: [] })
  const last = await client.getProperties()
  assert.deepEqual(last.cors, [])
  assert.equal(last.deleteRetentionPolicy?.days, 7)
  assert.deepEqual(faults, [])
})

test('the Queue SDK reads the service properties that it has set', async (t) => {
  const { url } = await openFront(t, { service: 'queue' })
  const client = new QueueServiceClient(url, queueCredential, once)
  await client.setProperties({ cors: [rule] })
  const { cors, minuteMetrics } = await client.getProperties()
  assert.deepEqual(cors, [rule])
  assert.equal(minuteMetrics?.enabled, false)
})

test('the Tables SDK reads the service properties that it has set', async (t) => {
  const { url } = await openFront(t, { service: 'table' })
  const client = new TableServiceClient(url, tableCredential, { ...once, allowInsecureConnection: true })
  await client.setProperties({ cors: [rule] })
  const { cors, logging } = await client.getProperties()
  assert.deepEqual(cors, [rule])
  assert.equal(logging?.version, '1.0')
})

test('statistics are those of the secondary', async (t) => {
  const { url } = await openFront(t)
  const secondary = new BlobServiceClient(`${url}-secondary`, blobCredential, once)
  assert.equal((await secondary.getStatistics()).geoReplication?.status, 'live')
  const primary = new BlobServiceClient(url, blobCredential, once)
  await assert.rejects(primary.getStatistics(), { code: 'InvalidQueryParameterValue', statusCode: 400 })
})

test('properties are there after a restart', async (t) => {
  const { url, database } = await openFront(t)
  const client = new BlobServiceClient(url, blobCredential, once)
  await client.setProperties({ deleteRetentionPolicy: { enabled: true, days: 3 } })
  const again = await ServicePropertiesStore.open(database)
  assert.equal(again.of('devstoreaccount1', 'blob').deleteRetention.days, 3)
  assert.equal(again.of('devstoreaccount1', 'queue').deleteRetention.days, undefined)
})

const element = (body: string) => `<StorageServiceProperties>${body}</StorageServiceProperties>`
const corsRule =
  '<CorsRule><AllowedOrigins>*</AllowedOrigins><AllowedMethods>GET</AllowedMethods><MaxAgeInSeconds>5</MaxAgeInSeconds></CorsRule>'

const refusals: readonly (readonly [what: string, body: string, code: string])[] = [
  ['another root', '<Properties/>', 'InvalidXmlDocument'],
  ['no XML', 'hello', 'InvalidXmlDocument'],
  ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><StorageServiceProperties/>', 'InvalidXmlDocument'],
  ['six CORS rules', element(`<Cors>${corsRule.repeat(6)}</Cors>`), 'InvalidXmlDocument'],
  [
    'a flag that is none',
    element('<StaticWebsite><Enabled>maybe</Enabled></StaticWebsite>'),
    'InvalidXmlNodeValue',
  ],
  [
    'a metric without a flag',
    element('<HourMetrics><Version>1.0</Version></HourMetrics>'),
    'MissingRequiredXmlNode',
  ],
  [
    'retention without days',
    element('<DeleteRetentionPolicy><Enabled>true</Enabled></DeleteRetentionPolicy>'),
    'MissingRequiredXmlNode',
  ],
  [
    'retention beyond a year',
    element('<DeleteRetentionPolicy><Enabled>true</Enabled><Days>366</Days></DeleteRetentionPolicy>'),
    'InvalidXmlNodeValue',
  ],
  [
    'a method that is none',
    element(`<Cors>${corsRule.replace('GET', 'FETCH')}</Cors>`),
    'InvalidXmlNodeValue',
  ],
]

for (const [what, body, code] of refusals)
  test(`service properties with ${what} are refused`, () => {
    assert.throws(
      () => mergeServiceProperties(defaultServiceProperties, body),
      (error) => {
        assert.ok(error instanceof StorageError)
        assert.equal(error.code, code)
        return true
      },
    )
  })
