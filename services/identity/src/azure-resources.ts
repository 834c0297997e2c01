/**
 * Whose tokens are whose. A token from here opens nothing in Azure: when a developer has signed in to Azure on this
 * machine, an app's `DefaultAzureCredential` must get past the managed identity for what only Azure has.
 */
import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface AzureResources {
  /** Resources of Azure that are here as well. */
  isHere(resource: string): boolean
  /** @default the user's home */
  readonly homeDirectory?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Domains below which Azure's services are, in all of its clouds. */
const azureDomain =
  /(?:^|\.)(?:azure\.(?:com|net|us|cn|io)|windows\.net|microsoft\.com|microsoftonline\.com|usgovcloudapi\.net|chinacloudapi\.cn|applicationinsights\.(?:io|us)|loganalytics\.io)$/

/** Whether a token for it is Azure's to give, and the developer can get one there. */
export async function isForeign(resource: string, resources: AzureResources): Promise<boolean> {
  const isAzures = URL.canParse(resource) && azureDomain.test(new URL(resource).hostname)
  return isAzures && !resources.isHere(resource) && (await isSignedIn(resources))
}

/** What Azure CLI, Azure Developer CLI, Azure PowerShell and Visual Studio Code leave behind after a sign-in. */
async function isSignedIn({ homeDirectory = homedir(), environment }: AzureResources): Promise<boolean> {
  const azure = environment.AZURE_CONFIG_DIR || join(homeDirectory, '.azure')
  const traces = await Promise.all([
    hasSubscriptions(join(azure, 'azureProfile.json')),
    isThere(join(environment.AZD_CONFIG_DIR || join(homeDirectory, '.azd'), 'auth')),
    isThere(join(homeDirectory, '.Azure', 'AzureRmContext.json')),
    isThere(join(azure, 'ms-azuretools.vscode-azureresourcegroups', 'authRecord.json')),
  ])
  return traces.includes(true)
}

/** Azure CLI has its file without a sign-in, too, with an empty list. */
async function hasSubscriptions(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /"subscriptions"\s*:\s*\[\s*\{/.test(text)
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
