/** From what a worker registered, or the app's folders, to the functions that the host serves. */
import type { Logger } from '@aloft/kernel'
import type { InitializedMessage, RpcFunctionMetadata } from '@aloft/wire'
import { indexFunctions, mixedModelWarning, readFunctionFolders, typeOfBinding } from './app/index.ts'
import type { BindingRegistry } from './binding-registry.ts'
import type { AppConfiguration, FunctionIndex, FunctionProblem } from './contracts.ts'
import { checkRoutes } from './http/index.ts'
import { retrySupportWarning } from './invoke/retry-policy.ts'

/** What a worker tells of the app that it has loaded. */
export type LoadedApp = Pick<InitializedMessage, 'functions' | 'capabilities' | 'error' | 'brokenFiles'>

export interface IndexedApp {
  readonly index: FunctionIndex
  /** Files of the app's code that could not be loaded, and why. */
  readonly brokenFiles: readonly FunctionProblem[]
  /** Functions that the workers have to be told of. */
  readonly toLoad: readonly RpcFunctionMetadata[]
  /** Whether the functions are those that the app registered in code. */
  readonly isInCode: boolean
}

/** Functions that the app registered in code; without any, those of its function.json folders. */
export async function indexApp(
  app: AppConfiguration,
  loaded: LoadedApp,
  { registry, log }: { readonly registry: BindingRegistry; readonly log: Logger },
): Promise<IndexedApp> {
  const isInCode = loaded.functions.length > 0
  const declared = isInCode ? { functions: loaded.functions } : await readFunctionFolders(app)
  const warning = isInCode ? await mixedModelWarning(app) : undefined
  if (warning) log.warn(warning)
  await registry.prepare(bindingTypesOf(declared.functions))
  return {
    index: withSoundRoutes(app, indexFunctions(app, declared, registry)),
    brokenFiles: entryPointProblems(loaded),
    toLoad: isInCode ? [] : declared.functions,
    isInCode,
  }
}

/**
 * The index with all problems in it, which the log is told of.
 *
 * @param loadProblems what the workers said of functions that they were told of
 */
export function completeIndex(
  { index, brokenFiles }: IndexedApp,
  loadProblems: readonly FunctionProblem[],
  log: Logger,
): FunctionIndex {
  const problems = [...index.problems, ...loadProblems]
  for (const { message } of brokenFiles) log.error(message)
  for (const line of linesOf(problems)) log.error(line)
  for (const { name, trigger, retry } of index.functions) {
    const warning = retry && retrySupportWarning(name, trigger.type)
    if (warning) log.warn(warning)
  }
  return { functions: index.functions, problems: [...brokenFiles, ...problems] }
}

/** A function whose route is not allowed would be there and never be found. */
function withSoundRoutes(app: AppConfiguration, { functions, problems }: FunctionIndex): FunctionIndex {
  const unsound = checkRoutes(functions, app.host.http.routePrefix)
  const names = new Set(unsound.map(({ name }) => name))
  return { functions: functions.filter(({ name }) => !names.has(name)), problems: [...problems, ...unsound] }
}

/** A file that does not load takes its functions with it, under names that nobody knows: the file stands for them. */
function entryPointProblems({ error, brokenFiles }: LoadedApp): FunctionProblem[] {
  const files = brokenFiles.map((broken) => ({ name: broken.file, message: broken.error.message }))
  return error ? [...files, { name: '', message: error.message }] : files
}

/** Of bindings as they are declared, sound or not. */
function bindingTypesOf(functions: readonly RpcFunctionMetadata[]): ReadonlySet<string> {
  return new Set(functions.flatMap(({ rawBindings }) => rawBindings.map(typeOfBinding)))
}

/** A line a problem; what mends several of them is said with the first. */
function linesOf(problems: readonly FunctionProblem[]): string[] {
  const hints = new Set<string>()
  return problems.map(({ name, message, hint }) => {
    const line = `The '${name}' function is in error: ${message}`
    if (hint === undefined || hints.has(hint)) return line
    hints.add(hint)
    return `${line.replace(/\.$/, '')}. ${hint}`
  })
}
