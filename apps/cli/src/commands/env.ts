/** `aloft env`: what makes Azure's SDKs in other programs get their tokens here. */
import { resolve } from 'node:path'
import { developerClientId, developerClientSecret, originAt, readPort } from '@aloft/identity'
import { openAuthority } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { dataDirectory, dataOption } from '../data-directory.ts'

const formats = ['sh', 'fish', 'powershell', 'dotenv', 'json'] as const
type Format = (typeof formats)[number]

export const env = defineCommand({
  usage: 'env [DIR] [options]',
  description: [
    "Prints the environment in which DefaultAzureCredential of Azure's SDKs gets its tokens from the Aloft that runs",
    'the app in this folder, or in DIR, and trusts its certificates. Programs outside of Aloft need it; functions do not.',
  ].join('\n'),
  options: {
    format: {
      kind: 'text',
      short: 'f',
      value: 'FORMAT',
      choices: formats,
      summary: 'sh (default; powershell on Windows), fish, powershell, dotenv or json',
    },
    data: dataOption,
  },
  examples: [
    ['eval "$(aloft env)"', 'Sets it in this shell'],
    ['aloft env --format dotenv >.env', 'For tools that read such a file, e.g. node --env-file=.env'],
  ],
  maxOperands: 1,
  async run({ options, operands }, context) {
    const appDirectory = resolve(context.directory, operands[0] ?? '.')
    const directory = dataDirectory(options.data, appDirectory, context)
    const authority = await openAuthority(directory, context.clock)
    const bundle = await authority.bundlePath()
    const variables = {
      // An ADFS authority is the kind of which clients do not ask Microsoft whether it is one.
      AZURE_TENANT_ID: 'adfs',
      AZURE_AUTHORITY_HOST: originAt(await readPort(directory)),
      AZURE_CLIENT_ID: developerClientId,
      AZURE_CLIENT_SECRET: developerClientSecret,
      NODE_EXTRA_CA_CERTS: authority.certificatePath,
      // Of Python, .NET and what else takes a whole list.
      SSL_CERT_FILE: bundle,
      REQUESTS_CA_BUNDLE: bundle,
    }
    const format = options.format ?? (process.platform === 'win32' ? 'powershell' : 'sh')
    context.terminal.write(renderEnvironment(variables, format as Format))
    return exitCodes.ok
  },
})

/** One line each, as the shell or the tool reads it. */
export function renderEnvironment(variables: Readonly<Record<string, string>>, format: Format): string {
  if (format === 'json') return `${JSON.stringify(variables, undefined, 2)}\n`
  return Object.entries(variables)
    .map(([name, value]) => `${line(name, value, format)}\n`)
    .join('')
}

function line(name: string, value: string, format: Exclude<Format, 'json'>): string {
  switch (format) {
    case 'sh':
      return `export ${name}='${value.replaceAll("'", "'\\''")}'`
    case 'fish':
      return `set -gx ${name} '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    case 'powershell':
      return `$env:${name} = '${value.replaceAll("'", "''")}'`
    case 'dotenv':
      return `${name}='${value}'`
  }
}
