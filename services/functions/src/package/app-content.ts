/** Where an app's files are: in its folder, or in a zip file that stands for it (`WEBSITE_RUN_FROM_PACKAGE`). */
import { mkdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { type Clock, ensureError, type Settings, UserError } from '@aloft/kernel'
import type { AppContent, AppPackage } from '../contracts.ts'
import { fetchPackage, publicAddress } from './fetch-package.ts'
import { openPackage } from './open-package.ts'

export const packageSetting = 'WEBSITE_RUN_FROM_PACKAGE'
const packageNameFile = 'packagename.txt'
/** Where deployments leave zip files, beside the folder of the site. */
const sitePackages = join('data', 'SitePackages')
const siteFolder = `${sep}${join('site', 'wwwroot')}`

/** What was named as an app. */
export interface AppPlace {
  readonly kind: 'folder' | 'zip'
  /** Absolute. */
  readonly path: string
  /** The folder, or that of the zip file: local.settings.json is there. */
  readonly folder: string
}

/** @param path absolute. @throws UserError when there is nothing that could be an app */
export async function findAppPlace(path: string): Promise<AppPlace> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return { kind: 'folder', path, folder: path }
  if (found && /\.zip$/i.test(path)) return { kind: 'zip', path, folder: dirname(path) }
  if (found) throw new UserError(`${path} is neither the folder of an app nor a zip file.`)
  throw new UserError(`The app folder ${path} does not exist.`)
}

/** The name of an app that has no other. */
export function nameOfPlace({ kind, path }: AppPlace): string {
  return kind === 'zip' ? basename(path).replace(/\.zip$/i, '') : basename(path)
}

export interface ContentOptions {
  readonly settings: Settings
  /** Without local.settings.json. */
  readonly deployedSettings: Settings
  /** Absolute; for what packages hold. */
  readonly packageDirectory: string
  readonly clock: Clock
  /** `later`: a package that has to be fetched is not. */
  readonly fetching: 'now' | 'later'
}

/**
 * Finds the app's files. A package that cannot be had is a `problem`, since it may be there later.
 * @throws UserError when a zip file that was named as the app is none
 */
export async function openContent(place: AppPlace, options: ContentOptions): Promise<AppContent> {
  if (place.kind === 'zip') return openNamed(place, options)
  const stated = options.settings.get(packageSetting)?.trim() ?? ''
  if (stated === '' || stated === '0') return ownFiles(place)
  if (stated === '1') return openLocal(place, options)
  // Who has copied the settings of an app in Azure wants to run what is in this folder nevertheless.
  const isDeployed = options.deployedSettings.get(packageSetting)?.trim() === stated
  if (!isDeployed && (await isFile(join(place.path, 'host.json')))) {
    const warning = `${packageSetting} of local.settings.json is not heeded: the files of this folder run. Set it in the environment to run the package.`
    return { ...ownFiles(place), warnings: [warning] }
  }
  return openRemote(place, stated, options)
}

/** Whether the settings name a package to run, which makes up for a folder without host.json. */
export async function namesPackage({ path }: AppPlace, settings: Settings): Promise<boolean> {
  const stated = settings.get(packageSetting)?.trim() ?? ''
  if (stated !== '1') return isWebAddress(stated)
  return (await findPackageName(path)) !== undefined
}

function ownFiles({ path }: AppPlace): AppContent {
  return { rootDirectory: path, package: undefined, warnings: [] }
}

async function openNamed(place: AppPlace, { packageDirectory }: ContentOptions): Promise<AppContent> {
  const { path } = place
  try {
    const rootDirectory = await openPackage(path, packageDirectory)
    return { rootDirectory, package: packageOf(place, path, [path]), warnings: [] }
  } catch (error) {
    throw new UserError(`${basename(path)} cannot be run: ${ensureError(error).message}.`, {
      hint: "'aloft pack DIR' makes such a file.",
      cause: error,
    })
  }
}

/** Without a name of a package, the setting says no more than that nobody changes the files. */
async function openLocal(place: AppPlace, options: ContentOptions): Promise<AppContent> {
  const named = await findPackageName(place.path)
  if (!named) return ownFiles(place)
  const { nameFile, name } = named
  const file = join(dirname(nameFile), name)
  const found = packageOf(place, name === '' ? nameFile : file, [nameFile, file])
  return contentOf(found, options, async () => {
    if (basename(name) !== name || name === '') throw new Error(`${nameFile} names no file beside it`)
    return openPackage(file, options.packageDirectory)
  })
}

interface PackageName {
  /** Absolute path of the file that says it. */
  readonly nameFile: string
  /** Of a file beside that. */
  readonly name: string
}

async function findPackageName(root: string): Promise<PackageName | undefined> {
  for (const folder of sitePackageFolders(root)) {
    const nameFile = join(folder, packageNameFile)
    const text = await readFile(nameFile, 'utf8').catch(() => undefined)
    if (text !== undefined) return { nameFile, name: text.replace(/^\uFEFF/, '').trim() }
  }
  return undefined
}

function sitePackageFolders(root: string): readonly string[] {
  const beside = root.endsWith(siteFolder) ? [resolve(root, '../..', sitePackages)] : []
  return [...beside, join(root, sitePackages)]
}

async function openRemote(place: AppPlace, stated: string, options: ContentOptions): Promise<AppContent> {
  if (!isWebAddress(stated)) {
    const expected = `${packageSetting} must be 1, 0 or the address of a zip file (https://…)`
    return contentOf(packageOf(place, packageSetting, []), options, () => Promise.reject(new Error(expected)))
  }
  const found = packageOf(place, publicAddress(stated), [])
  if (options.fetching === 'later') {
    return { ...(await withoutFiles(options)), package: { ...found, isPending: true } }
  }
  return contentOf(found, options, () => fetchPackage(stated, options.packageDirectory, options.clock))
}

async function contentOf(
  found: AppPackage,
  options: ContentOptions,
  open: () => Promise<string>,
): Promise<AppContent> {
  try {
    return { rootDirectory: await open(), package: found, warnings: [] }
  } catch (error) {
    const problem = `The package ${found.source} cannot be run: ${ensureError(error).message}.`
    return { ...(await withoutFiles(options)), package: { ...found, problem } }
  }
}

/** An app must have a folder, be it empty. */
async function withoutFiles({ packageDirectory }: ContentOptions) {
  const rootDirectory = join(packageDirectory, 'none')
  await mkdir(rootDirectory, { recursive: true })
  return { rootDirectory, warnings: [] }
}

function packageOf({ folder }: AppPlace, source: string, files: readonly string[]): AppPackage {
  const watched = [...files, join(folder, 'local.settings.json')]
  return { source, watched, problem: undefined, isPending: false }
}

function isWebAddress(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
