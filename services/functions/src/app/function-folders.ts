/** The function.json model: one folder per function (host `HostFunctionMetadataProvider`). */
import { access, readdir } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { ensureError, UserError } from '@aloft/kernel'
import type { RpcBindingInfo, RpcFunctionMetadata } from '@aloft/wire'
import type { AppConfiguration, FunctionProblem } from '../contracts.ts'
import { isDirection } from './binding-definition.ts'
import { findEntry, isObject, readBoolean, readSection, readString, type Section } from './config-section.ts'
import { isValidFunctionName } from './function-name.ts'
import { readJsonDocument } from './json-document.ts'
import { readRetryPolicy, toRpcRetryOptions } from './retry-policy.ts'
import { findTypeScriptSource } from './typescript-source.ts'

const file = 'function.json'

/** Functions before indexing: those of a worker's answer, or those of `readFunctionFolders`. */
export interface DeclaredFunctions {
  readonly functions: readonly RpcFunctionMetadata[]
  readonly problems?: readonly FunctionProblem[]
  /** Names of functions that their own files switch off. */
  readonly disabled?: ReadonlySet<string>
}

/** Reads `<Function>/function.json` of every folder of the app. What is wrong with one function is a problem, not an error. */
export async function readFunctionFolders(app: AppConfiguration): Promise<Required<DeclaredFunctions>> {
  const functions: RpcFunctionMetadata[] = []
  const problems: FunctionProblem[] = []
  const disabled = new Set<string>()
  for (const name of await listFunctionFolders(app)) {
    try {
      const root = await openFunctionJson(app, name)
      if (!root || readBoolean(root, 'excluded')) continue
      functions.push(await readFunction(app, name, root))
      if (isDisabledByFile(app, root)) disabled.add(name)
    } catch (thrown) {
      problems.push({ name, message: ensureError(thrown).message })
    }
  }
  return { functions, problems, disabled }
}

/** The warning for an app that registers functions in code and has function.json folders too; undefined when it has none. */
export async function mixedModelWarning(app: AppConfiguration): Promise<string | undefined> {
  const names = await listFunctionFolders(app)
  if (names.length === 0) return undefined
  return `Detected mixed function app. Some functions may not be indexed - ${names.join(', ')}. Functions registered in code (app.http(...)) and ${file} folders cannot be mixed; the folders are ignored.`
}

/** Throws a UserError for an app whose host.json has routes for its custom handler, and that has folders, too. */
export async function checkRoutesAlone(app: AppConfiguration): Promise<void> {
  if (!app.host.customHandler?.routes.length) return
  const names = await listFunctionFolders(app)
  if (names.length === 0) return
  throw new UserError(
    `host.json has 'customHandler.http.routes', and there are folders with a ${file}: ${names.join(', ')}. Only one of both can say what the functions are.`,
    { location: { file: 'host.json' }, hint: `Remove the folders, or the routes from host.json.` },
  )
}

async function listFunctionFolders(app: AppConfiguration): Promise<readonly string[]> {
  const { rootDirectory } = app.context
  const entries = await readdir(rootDirectory, { withFileTypes: true })
  const candidates = entries
    .filter((entry) => !entry.isFile() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map((entry) => entry.name)
    .sort()
  const hasFile = await Promise.all(candidates.map((name) => exists(join(rootDirectory, name, file))))
  return candidates.filter((_, index) => hasFile[index])
}

async function openFunctionJson(app: AppConfiguration, name: string): Promise<Section | undefined> {
  if (!isValidFunctionName(name)) throw new Error(`'${name}' is not a valid function name.`)
  const document = await readJsonDocument(join(app.context.rootDirectory, name, file), `${name}/${file}`)
  return document && { document, path: [], values: document.value, overrides: new Map() }
}

async function readFunction(
  app: AppConfiguration,
  name: string,
  root: Section,
): Promise<RpcFunctionMetadata> {
  const directory = join(app.context.rootDirectory, name)
  const declared = findEntry(root.values, 'bindings')?.value
  if (!Array.isArray(declared) || declared.length === 0)
    throw new Error('At least one binding must be declared.')
  const bindings = declared.map((binding: unknown, index) => {
    if (isObject(binding)) return binding
    throw new Error(`The binding at index ${index} of ${name}/${file} must be an object.`)
  })
  const scriptFile = await findScript(app, directory, readString(root, 'scriptFile'))
  checkLanguage(app, scriptFile)
  const retry = readRetryPolicy(readSection(root, 'retry'))
  return {
    name,
    functionId: name,
    directory,
    scriptFile,
    entryPoint: readString(root, 'entryPoint'),
    rawBindings: bindings.map((binding) => JSON.stringify(binding)),
    bindings: Object.fromEntries(bindings.map(toBindingInfo)),
    retryOptions: retry && toRpcRetryOptions(retry),
  }
}

/** What a worker of the function.json model needs to know of a binding; indexing checks it. */
function toBindingInfo(binding: Readonly<Record<string, unknown>>): [string, RpcBindingInfo] {
  const text = (name: string) => String(findEntry(binding, name)?.value ?? '')
  const direction = text('direction').toLowerCase()
  const dataType = text('dataType').toLowerCase()
  const info: RpcBindingInfo = { type: text('type'), direction: isDirection(direction) ? direction : 'in' }
  if (dataType === 'string' || dataType === 'binary' || dataType === 'stream') info.dataType = dataType
  return [text('name'), info]
}

/** `disabled`: true, or the name of a setting that is on. */
function isDisabledByFile(app: AppConfiguration, root: Section): boolean {
  const value = findEntry(root.values, 'disabled')?.value
  if (typeof value !== 'string') return value === true
  const setting = app.context.setting(value.replace(/^%(.*)%$/, '$1')) ?? value
  return setting === '1' || setting.toLowerCase() === 'true'
}

/**
 * The script that the file names, or its source when it is not built; else the only file, else `run.*` or a
 * language's index file. Undefined when unclear.
 */
async function findScript(
  app: AppConfiguration,
  directory: string,
  stated: string | undefined,
): Promise<string | undefined> {
  if (stated) {
    const path = resolve(directory, stated)
    if (await exists(path)) return path
    const source = app.runtime === 'node' && (await findTypeScriptSource(app, directory, path))
    if (source) return source
    throw new Error(
      `Invalid script file name configuration. The 'scriptFile' property is set to a file that does not exist (${path}).`,
    )
  }
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries
    .filter((entry) => !entry.isDirectory() && entry.name.toLowerCase() !== file)
    .map((entry) => entry.name)
    .sort()
  const primary =
    names.length === 1
      ? names[0]
      : (names.find((name) => /^(?:run\.[^.]*|run|index\.[mc]?js|__init__\.py)$/i.test(name)) ??
        names.find((name) => /^index\.[mc]?ts$/i.test(name)))
  return primary === undefined ? undefined : join(directory, primary)
}

const nodeScripts = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'])

function checkLanguage(app: AppConfiguration, scriptFile: string | undefined): void {
  if (app.runtime === 'custom') return
  if (scriptFile === undefined) {
    throw new Error(
      "Unable to determine the primary function script. Make sure at least one script file is present. Try renaming your entry point script to 'run' or alternatively you can specify the name of the entry point script explicitly by adding a 'scriptFile' property to your function metadata.",
    )
  }
  const extension = extname(scriptFile).toLowerCase()
  if (['.csx', '.cs', '.fsx', '.dll'].includes(extension)) {
    throw new Error(
      `In-process .NET functions (${scriptFile}) need the .NET host itself and cannot run here.`,
    )
  }
  if (app.runtime === 'node' && !nodeScripts.has(extension)) {
    throw new Error(
      `The script ${scriptFile} is not of the app's language (FUNCTIONS_WORKER_RUNTIME is 'node').`,
    )
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
