/**
 * The module `@azure/functions-core`, which exists only here: the library asks for it by `require`, and every
 * copy of the library in the process gets the same one.
 */
import Module, { registerHooks } from 'node:module'
import type {
  CoreFunctionMetadata,
  FunctionCallback,
  HookCallback,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './core-types.ts'
import { Disposable } from './disposable.ts'
import { SystemError } from './errors.ts'
import { registerFunction } from './function-registration.ts'
import { registerHook } from './hooks.ts'
import { log } from './log.ts'
import { getProgrammingModel, setProgrammingModel } from './programming-model.ts'
import { workerVersion } from './version.ts'
import type { WorkerState } from './worker-state.ts'

export const coreModuleName = '@azure/functions-core'

export type CoreModule = ReturnType<typeof createCoreModule>

export function createCoreModule(worker: WorkerState) {
  return {
    version: workerVersion,
    get hostVersion(): string {
      if (worker.hostVersion === undefined)
        throw new SystemError('Cannot access hostVersion before worker init')
      return worker.hostVersion
    },
    registerHook: (name: string, callback: HookCallback) => registerHook(worker, name, callback),
    setProgrammingModel: (model: ProgrammingModel) => setProgrammingModel(worker, model),
    getProgrammingModel: () => getProgrammingModel(worker),
    log: (level: LogLevel, category: LogCategory, message: string) =>
      log(worker, level, category, String(message)),
    registerFunction: (metadata: CoreFunctionMetadata, callback: FunctionCallback) =>
      registerFunction(worker, metadata, callback),
    Disposable,
  }
}

/** Makes `require` of each name answer with the given object, in whatever file it stands. */
export function provideModules(modules: ReadonlyMap<string, unknown>): void {
  const original = Module.prototype.require
  Module.prototype.require = function require(this: Module, id: string): unknown {
    return modules.get(id) ?? original.call(this, id)
  } as typeof original
  provideToImportedCommonJs(modules)
}

interface ModuleInternals {
  _cache: Record<string, Module>
  _resolveFilename(request: string, ...rest: unknown[]): string
}

/**
 * CommonJS that comes through asynchronous loader hooks (`module.register`) has a `require` of its own, which asks
 * only for the file name and, for an add-on, looks into the cache.
 */
function provideToImportedCommonJs(modules: ReadonlyMap<string, unknown>): void {
  const internals = Module as unknown as ModuleInternals
  const fileName = (name: string) => `${import.meta.dirname}/${name}.node`
  for (const [name, exports] of modules) {
    const entry = new Module(fileName(name))
    internals._cache[fileName(name)] = Object.assign(entry, { exports, loaded: true })
  }
  const original = internals._resolveFilename
  internals._resolveFilename = function (request, ...rest) {
    return modules.has(request) ? fileName(request) : original.call(this, request, ...rest)
  }
}

/**
 * Makes `import '@azure/functions-core'` work as well. The hooks see every module that is loaded afterwards,
 * so they are installed only for apps with ES modules.
 */
export function installCoreModuleForImport(core: CoreModule): void {
  const url = 'aloft:functions-core'
  const names = Object.keys(core)
  // The synthetic module reaches the object through `require`, which is intercepted.
  const source = [
    `const core = process.getBuiltinModule('node:module').createRequire(${JSON.stringify(import.meta.url)})('${coreModuleName}')`,
    ...names.map((name) => `export const ${name} = core.${name}`),
    'export default core',
  ].join('\n')
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === coreModuleName ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (loadedUrl, context, next) =>
      loadedUrl === url ? { source, format: 'module', shortCircuit: true } : next(loadedUrl, context),
  })
}
