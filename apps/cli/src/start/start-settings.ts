/** The options of `aloft start`, checked. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { type LogLevel, logLevels, parseLogLevel, UserError } from '@aloft/kernel'
import type { IdentitySettings } from '../embedded-identity.ts'
import type { StorageSettings } from '../embedded-storage.ts'
import { readIdentitySettings } from '../identity-options.ts'
import type { CommandContext } from '../terminal.ts'
import { readStorageSettings, type StorageStartOptions } from './storage-settings.ts'

/** As the command line gives them. */
export interface StartOptions extends StorageStartOptions {
  readonly port?: number
  readonly address?: string
  readonly cors?: readonly string[]
  readonly 'cors-credentials'?: boolean
  readonly functions?: readonly string[]
  readonly verbose?: boolean
  readonly trace?: boolean
  readonly 'user-log-level'?: string
  readonly enableAuth?: boolean
  readonly useHttps?: boolean
  readonly cert?: string
  readonly password?: string
  readonly 'language-worker'?: string
  readonly inspect?: string
  readonly 'inspect-brk'?: string
  readonly 'no-watch'?: boolean
  readonly timeout?: number
  readonly 'enable-json-output'?: boolean
  readonly 'json-output-file'?: string
  readonly data?: string
  readonly 'identity-port'?: number
  readonly 'no-identity'?: boolean
}

export interface StartSettings {
  /** Undefined = the app's own, else 7071. */
  readonly port: number | undefined
  readonly address: string | undefined
  readonly cors: readonly string[] | undefined
  readonly corsCredentials: boolean | undefined
  readonly functions: readonly string[] | undefined
  readonly isVerbose: boolean
  /** Whether each invocation shows where its time went. */
  readonly isTracing: boolean
  readonly userLevel: LogLevel | undefined
  readonly isAuthEnabled: boolean
  readonly scheme: 'http' | 'https'
  /** The user's own certificate. */
  readonly certificate: TlsOptions | undefined
  /** Arguments for `node` in the workers. */
  readonly workerArguments: string | undefined
  readonly isWatching: boolean
  /** Infinity when somebody may debug the app's first lines. */
  readonly timeoutMs: number
  readonly dataDirectory: string | undefined
  /** Whether editors are told about worker processes. */
  readonly hasToolOutput: boolean
  /** Absolute path of the file for that; undefined = the console. */
  readonly toolOutputFile: string | undefined
  /** Undefined = none. */
  readonly storage: StorageSettings | undefined
  /** Undefined = no tokens are given, and apps have no managed identity. */
  readonly identity: IdentitySettings | undefined
}

const defaultTimeoutSeconds = 20
/** Editors set it to debug functions. */
export const workerArgumentsVariable = 'languageWorkers__node__arguments'
/** Build servers, on which `func` is verbose. Source: azure-functions-core-tools `LoggingFilterHelper`. */
const buildServerVariables = ['CI', 'CONTINUOUS_INTEGRATION', 'BUILD_NUMBER', 'RUN_ID']

export async function readStartSettings(
  options: StartOptions,
  context: CommandContext,
): Promise<StartSettings> {
  const { environment } = context
  const workerArguments = workerArgumentsOf(options, environment)
  const level = options['user-log-level'] ?? environment.FUNCTIONS_USER_LOG_LEVEL
  return {
    port: checkPort(options.port),
    address: options.address,
    cors: options.cors,
    corsCredentials: options['cors-credentials'],
    functions: options.functions,
    isVerbose: options.verbose ?? buildServerVariables.some((name) => environment[name]),
    isTracing: options.trace ?? false,
    userLevel: level ? checkLevel(level) : undefined,
    isAuthEnabled: options.enableAuth ?? false,
    scheme: options.useHttps ? 'https' : 'http',
    certificate: await readCertificate(options, context),
    workerArguments,
    isWatching: !options['no-watch'],
    timeoutMs: isDebugged(workerArguments)
      ? Number.POSITIVE_INFINITY
      : checkTimeout(options.timeout ?? defaultTimeoutSeconds) * 1000,
    dataDirectory: absolute(options.data, context),
    hasToolOutput: options['enable-json-output'] ?? false,
    toolOutputFile: absolute(options['json-output-file'], context),
    storage: readStorageSettings(options),
    identity: readIdentitySettings(options),
  }
}

function absolute(path: string | undefined, { directory }: CommandContext): string | undefined {
  return path === undefined ? undefined : resolve(directory, path)
}

/** The command line's own, which stand in for those of the environment, and those of the debugger. */
function workerArgumentsOf(
  options: StartOptions,
  environment: CommandContext['environment'],
): string | undefined {
  const { inspect, 'inspect-brk': inspectBreak } = options
  const given = options['language-worker'] ?? environment[workerArgumentsVariable]
  const all = [
    given,
    inspectorArgument('--inspect', inspect),
    inspectorArgument('--inspect-brk', inspectBreak),
  ]
  return all.filter((each) => each !== undefined).join(' ') || undefined
}

function inspectorArgument(option: string, port: string | undefined): string | undefined {
  if (port === undefined) return undefined
  // As node has it, the value may also name the address.
  if (!/^([\w.-]+|\[[\da-f:]+\])?(:?\d{1,5})?$/i.test(port))
    throw new UserError(`${option} takes a port, not '${port}'`, { hint: `E.g. ${option}=9229.` })
  return port === '' ? option : `${option}=${port}`
}

function isDebugged(workerArguments: string | undefined): boolean {
  return /(^|\s)--inspect/.test(workerArguments ?? '')
}

function checkPort(port: number | undefined): number | undefined {
  if (port === undefined || port <= 65_535) return port
  throw new UserError(`${port} is not a port number`, {
    hint: 'Use a number from 1 to 65535, or 0 for any free port.',
  })
}

function checkTimeout(seconds: number): number {
  if (seconds > 0) return seconds
  throw new UserError('An app cannot start within 0 seconds', {
    hint: 'Leave --timeout out, or give it more.',
  })
}

function checkLevel(written: string): LogLevel {
  const level = parseLogLevel(written)
  if (level) return level
  throw new UserError(`'${written}' is not a log level`, { hint: `Levels: ${logLevels.join(', ')}.` })
}

async function readCertificate(
  { cert, password }: StartOptions,
  { directory }: CommandContext,
): Promise<TlsOptions | undefined> {
  if (cert === undefined) {
    if (password !== undefined) throw new UserError('--password goes with --cert')
    return undefined
  }
  try {
    return {
      pfx: await readFile(resolve(directory, cert)),
      passphrase: await passphraseOf(password, directory),
    }
  } catch (error) {
    throw new UserError(`The certificate cannot be read: ${(error as Error).message}`, {
      location: { file: cert },
      cause: error,
    })
  }
}

/** `func` takes the password itself or a file that holds it. */
async function passphraseOf(password: string | undefined, directory: string): Promise<string | undefined> {
  if (password === undefined) return undefined
  return readFile(resolve(directory, password), 'utf8').then(
    (text) => text.trim(),
    () => password,
  )
}
