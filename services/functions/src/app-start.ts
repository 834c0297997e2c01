/**
 * How an app comes to its generations. An eager one is loaded by a worker that stays. Of a lazy one it is remembered
 * what it registered: while its files are the same, it rests, without any worker, until it is asked for.
 */
import { hash } from 'node:crypto'
import { ensureError } from '@aloft/kernel'
import { type AppFiles, FileWatch, surveyFiles, watchApp } from './app/index.ts'
import { AppInstance, type InstanceOptions } from './app-instance.ts'
import type { IndexCache, Turns } from './apps/index.ts'
import type { AppConfiguration } from './contracts.ts'
import type { AppGate } from './http/index.ts'
import { type PackageFolders, watchPackage } from './package/index.ts'

export interface StartOptions extends InstanceOptions {
  /** `lazy`: a worker is started only for what cannot be known without one. */
  readonly start: 'eager' | 'lazy'
  readonly indexCache: IndexCache
  /** Apps that start a worker without being asked for. */
  readonly turns: Turns
  readonly packages: PackageFolders
}

/**
 * The first generation of an app; without functions and workers when its files cannot be had. Errors: see
 * `AppInstance.load`.
 *
 * @param files those of a lazy app
 */
export async function firstInstance(
  options: StartOptions,
  app: AppConfiguration,
  files: AppFiles | undefined,
  gate: AppGate,
): Promise<AppInstance> {
  if (app.package?.problem !== undefined)
    return AppInstance.recall(options, app, { functions: [], capabilities: {} })
  return files ? firstLazyInstance(options, app, files, gate) : loadInstance(options, app)
}

/**
 * The first generation of a lazy app, from its `files` as they were before; it rests when it is known. A request that
 * meets the closed `gate` meanwhile brings its turn forward.
 */
async function firstLazyInstance(
  options: StartOptions,
  app: AppConfiguration,
  files: AppFiles,
  gate: AppGate,
): Promise<AppInstance> {
  const stamp = stampOf(options, files)
  const known = stamp && (await options.indexCache.find(app.context.hostId, stamp))
  if (known) return AppInstance.recall(options, app, known)
  const turn = options.turns.take(() => loadAndRemember(options, app, stamp))
  gate.rest(() => {
    turn.hurry()
    return turn.done
  })
  return turn.done
}

/** A generation from the files as they are now, with a worker. Errors: see `AppInstance.load`. */
export async function loadInstance(options: StartOptions, app: AppConfiguration): Promise<AppInstance> {
  if (options.start === 'eager') return AppInstance.load(options, app)
  // Looked at before: a file that changes while the app is loaded must not go unnoticed.
  return loadAndRemember(options, app, stampOf(options, await surveyFiles(app)))
}

/**
 * Watches the app's files; resolves with what stops it.
 * @param files those of a lazy app, which is watched at less cost
 */
export async function watchFiles(
  { log, clock }: StartOptions,
  { configuration: app, sourceLanguage }: AppInstance,
  files: AppFiles | undefined,
  onChange: () => void,
): Promise<() => void | Promise<void>> {
  const onError = (error: Error) => log.warn(`Changes of files are not noticed any more: ${error.message}`)
  // Nothing else can change.
  if (app.package) return watchPackage({ files: app.package.watched, clock, onChange, onError })
  if (!files) return watchApp(app, sourceLanguage, onChange, onError)
  const watch = new FileWatch({ app, files, onChange, onError })
  return () => watch.close()
}

async function loadAndRemember(
  options: StartOptions,
  app: AppConfiguration,
  stamp: string | undefined,
): Promise<AppInstance> {
  const instance = await AppInstance.load(options, app)
  // An app with problems is looked at anew each time: they may not lie in its files.
  const isSound = instance.index.problems.length === 0 && instance.brokenFiles.length === 0
  if (stamp && isSound) await remember(options, app, stamp, instance)
  return instance
}

async function remember(
  { indexCache, log }: StartOptions,
  { context }: AppConfiguration,
  stamp: string,
  { registration }: AppInstance,
): Promise<void> {
  try {
    await indexCache.store(context.hostId, stamp, registration)
  } catch (error) {
    log.warn(`The app's functions could not be remembered: ${ensureError(error).message}`)
  }
}

/** Files and settings that decide what an app registers; undefined when they are too many to look at. */
function stampOf({ load }: StartOptions, { fingerprint }: AppFiles): string | undefined {
  const settings = hash('sha256', JSON.stringify([load.settings, load.overrides?.settings]))
  return fingerprint && `${fingerprint} ${settings}`
}
