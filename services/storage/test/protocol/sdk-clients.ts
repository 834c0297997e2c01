/** The official SDKs, pointed at a test's front. */
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { AzureNamedKeyCredential } from '@azure/data-tables'
import { StorageSharedKeyCredential as BlobCredential } from '@azure/storage-blob'
import { StorageSharedKeyCredential as QueueCredential } from '@azure/storage-queue'
import { developmentAccountKey, developmentAccountName } from '../../src/accounts/account-name.ts'

export const blobCredential = new BlobCredential(developmentAccountName, developmentAccountKey)
export const queueCredential = new QueueCredential(developmentAccountName, developmentAccountKey)
export const tableCredential = new AzureNamedKeyCredential(developmentAccountName, developmentAccountKey)

/** Fails at once instead of trying again. */
export const once = { retryOptions: { maxTries: 1, maxRetries: 0 } }

/** Client options that trust the test's authority. */
export function trusting(certificatePath: string) {
  return { ...once, agent: new Agent({ ca: readFileSync(certificatePath) }) }
}
