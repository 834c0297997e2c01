/**
 * What starts a custom handler: host.json's description with settings put in and paths resolved
 * (host `HttpWorkerDescription`, `DefaultWorkerProcessFactory`).
 */
import { stat } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { UserError } from '@aloft/kernel'
import type { AppConfiguration, CustomHandlerConfiguration } from '../contracts.ts'

export interface CustomCommand {
  /** A path, or a name to look for on PATH. */
  readonly file: string
  readonly arguments: readonly string[]
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
}

/** Throws a UserError when the working directory does not exist. */
export async function customCommand(
  app: AppConfiguration,
  handler: CustomHandlerConfiguration,
  workerId: string,
  port: number,
): Promise<CustomCommand> {
  const { rootDirectory } = app.context
  const own = handlerEnvironment(workerId, port, rootDirectory)
  const lookup = (name: string) => own[name.toUpperCase()] ?? app.context.setting(name)
  const directory = resolve(rootDirectory, handler.workingDirectory)
  if (!(await isKind(directory, 'directory'))) {
    const { place, location } = handler
    throw new UserError(
      `${place}: the working directory ${directory} of the custom handler does not exist.`,
      {
        location,
      },
    )
  }
  const file = expand(handler.executable, (name) => lookup(name) ?? `%${name}%`)
  return {
    file: await locateExecutable(file, resolve(rootDirectory, handler.workerDirectory)),
    arguments: splitArguments(argumentLine(handler, (name) => lookup(name) ?? '')),
    directory,
    environment: { ...app.workerEnvironment, ...own },
  }
}

/** Both names of each: the first generation of custom handlers was called `httpWorker`. */
function handlerEnvironment(workerId: string, port: number, rootDirectory: string): Record<string, string> {
  return {
    FUNCTIONS_CUSTOMHANDLER_PORT: String(port),
    FUNCTIONS_HTTPWORKER_PORT: String(port),
    FUNCTIONS_CUSTOMHANDLER_WORKER_ID: workerId,
    FUNCTIONS_HTTPWORKER_ID: workerId,
    FUNCTIONS_APP_ROOT_PATH: rootDirectory,
  }
}

/** A file of the app when there is one of that name, else the name as it is. */
async function locateExecutable(file: string, workerDirectory: string): Promise<string> {
  if (isAbsolute(file)) return file
  const path = resolve(workerDirectory, file)
  return (await isKind(path, 'file')) ? path : file
}

/** The official host joins the arguments to one command line: one argument in host.json may become several. */
function argumentLine(handler: CustomHandlerConfiguration, lookup: (name: string) => string): string {
  const { workerPath } = handler
  const parts = [
    ...handler.arguments.map((argument) => expand(argument, lookup)),
    ...(workerPath === undefined ? [] : [`"${expand(workerPath, lookup)}"`]),
    ...handler.workerArguments.map((argument) => expand(argument, lookup)),
  ]
  return parts.join(' ')
}

function expand(text: string, lookup: (name: string) => string): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => lookup(name))
}

/**
 * Takes a command line apart as .NET does on every system: blanks separate, double quotes hold together, a backslash
 * before a quote makes it one of the text, and so does doubling it inside of quotes.
 */
export function splitArguments(line: string): string[] {
  const found: string[] = []
  // Each piece: backslashes before a quote, a quote, blanks, or anything else.
  const pieces = line.match(/\\+(?=")|"|[ \t]+|\\+|[^\\" \t]+/g) ?? []
  let argument: string | undefined
  let isQuoted = false
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index]!
    if (piece === '"') {
      argument ??= ''
      if (isQuoted && pieces[index + 1] === '"') {
        argument += '"'
        index++
      } else isQuoted = !isQuoted
    } else if (piece[0] === '\\' && pieces[index + 1] === '"') {
      argument = `${argument ?? ''}${'\\'.repeat(Math.floor(piece.length / 2))}`
      if (piece.length % 2 === 1) {
        argument += '"'
        index++
      }
    } else if (/^[ \t]/.test(piece) && !isQuoted) {
      if (argument !== undefined) found.push(argument)
      argument = undefined
    } else argument = `${argument ?? ''}${piece}`
  }
  if (argument !== undefined) found.push(argument)
  return found
}

function isKind(path: string, kind: 'file' | 'directory'): Promise<boolean> {
  return stat(path).then(
    (found) => (kind === 'file' ? found.isFile() : found.isDirectory()),
    () => false,
  )
}
