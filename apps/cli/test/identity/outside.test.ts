/** Programs outside of Aloft that use Azure's packages, with what `aloft env` prints. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { BlobServiceClient } from '@azure/storage-blob'
import { renderEnvironment } from '../../src/commands/env.ts'
import { cli } from '../memory-terminal.ts'
import { linkPackages } from '../start/app-folder.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { identityPlatform } from './identity-platform.ts'

const run = promisify(execFile)

const program = `
import { DefaultAzureCredential } from '@azure/identity'
import { BlobSASPermissions, BlobServiceClient, generateBlobSASQueryParameters } from '@azure/storage-blob'
import { TableServiceClient } from '@azure/data-tables'

const [blob, table] = process.argv.slice(2)
const credential = new DefaultAzureCredential()
const service = new BlobServiceClient(blob, credential)
const container = service.getContainerClient('box')
await container.create()
const file = container.getBlockBlobClient('file')
await file.upload('hello', 5)
const expiresOn = new Date(Date.now() + 600_000)
const key = await service.getUserDelegationKey(new Date(Date.now() - 60_000), expiresOn)
const permissions = BlobSASPermissions.parse('r')
const sas = generateBlobSASQueryParameters(
  { containerName: 'box', blobName: 'file', permissions, expiresOn }, key, 'devstoreaccount1',
)
const tables = new TableServiceClient(table, credential)
await tables.createTable('rows')
const names = []
for await (const { name } of tables.listTables()) names.push(name)
console.log(JSON.stringify({ text: await (await fetch(file.url + '?' + sas)).text(), names }))
`

test('a program gets tokens, and opens storage, with nothing but the environment', async (t) => {
  const { urls, dataDirectory } = await identityPlatform(t)
  const { output } = await cli(['env', '--format', 'json', '--data', dataDirectory])
  const directory = await temporaryDirectory(t)
  await linkPackages(directory)
  await writeFile(join(directory, 'program.mjs'), program)
  const { stdout } = await run(process.execPath, ['program.mjs', urls.blob, urls.table], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...JSON.parse(output) },
  })
  assert.deepEqual(JSON.parse(stdout), { text: 'hello', names: ['rows'] })
})

test('a token that is not good is answered with the way to the issuer', async (t) => {
  const { urls, platform } = await identityPlatform(t)
  const headers = { Authorization: 'Bearer e30.e30.e30', 'x-ms-version': '2021-12-02' }
  const response = await fetch(`${urls.blob}?comp=list`, { headers })
  assert.equal(response.status, 401)
  assert.equal(
    response.headers.get('www-authenticate'),
    `Bearer authorization_uri=${platform.identity!.authorizationUri} resource_id=https://storage.azure.com`,
  )
  const tenant = new URL(platform.identity!.authorizationUri).pathname.split('/')[1]
  const metadata = `${platform.identity!.origin}/${tenant}/v2.0/.well-known/openid-configuration`
  assert.equal((await fetch(metadata)).status, 200)
})

test('a token for something else, and one over plain http, do not open storage', async (t) => {
  const { urls, platform } = await identityPlatform(t)
  const tokenFor = async (scope: string) => {
    const form = { grant_type: 'client_credentials', client_id: 'c', client_secret: 's', scope }
    const url = `${platform.identity!.origin}/common/oauth2/v2.0/token`
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) })
    return ((await response.json()) as { access_token: string }).access_token
  }
  const clientWith = (token: string) =>
    new BlobServiceClient(
      urls.blob,
      { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) },
      { retryOptions: { maxTries: 1 } },
    )
  await clientWith(await tokenFor('https://devstoreaccount1.blob.core.windows.net/.default')).getProperties()
  for (const scope of ['https://vault.azure.net/.default', 'https://other.blob.core.windows.net/.default'])
    await assert.rejects(clientWith(await tokenFor(scope)).getProperties(), { statusCode: 401 })
  const token = await tokenFor('https://storage.azure.com/.default')
  const headers = { Authorization: `Bearer ${token}`, 'x-ms-version': '2021-12-02' }
  const plain = await fetch(`${urls.blob.replace('https', 'http')}?comp=list`, { headers })
  assert.equal(plain.status, 403)
  assert.match(await plain.text(), /AuthenticationFailed/)
})

test('the environment is written for every shell', () => {
  const variables = { A: "it's" }
  assert.equal(renderEnvironment(variables, 'sh'), "export A='it'\\''s'\n")
  assert.equal(renderEnvironment(variables, 'fish'), "set -gx A 'it\\'s'\n")
  assert.equal(renderEnvironment(variables, 'powershell'), "$env:A = 'it''s'\n")
  assert.equal(renderEnvironment({ A: 'x' }, 'dotenv'), "A='x'\n")
})

test('env names the address that the data folder has', async (t) => {
  const { platform, dataDirectory, authority } = await identityPlatform(t)
  const { output, exitCode } = await cli(['env', '-f', 'sh', '--data', dataDirectory])
  assert.equal(exitCode, 0)
  assert.ok(output.includes(`export AZURE_AUTHORITY_HOST='${platform.identity!.origin}'\n`), output)
  assert.ok(output.includes(`export NODE_EXTRA_CA_CERTS='${authority.certificatePath}'\n`), output)
  assert.ok(output.includes("export AZURE_TENANT_ID='adfs'\n"), output)
})
