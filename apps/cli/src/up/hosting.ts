/** What the file that lists the apps may say, checked. */
import { basename, resolve } from 'node:path'
import { type FileLocation, UserError } from '@aloft/kernel'
import type { SourceNode } from './source-node.ts'
import { ObjectReader, readItems, readText } from './source-reader.ts'

/** A host with several apps. */
export interface Hosting {
  /** Absolute path of the folder of the file. */
  readonly directory: string
  /** Of the address that all apps share. @default 7071 */
  readonly port: number | undefined
  /** Address or name to listen on. @default 'localhost' */
  readonly address: string | undefined
  /** After so long without work an app's workers are stopped; undefined = never. */
  readonly idleStopMs: number | undefined
  readonly apps: readonly HostedApp[]
}

export interface HostedApp {
  /** A label of a host name, in lower case. */
  readonly name: string
  /** Absolute path of the folder, or of a zip file. */
  readonly directory: string
  /** Of a listener of its own. */
  readonly port: number | undefined
  /** Win over the environment and the app's own files. */
  readonly settings: Readonly<Record<string, string>>
  /** Names of the functions to load; undefined = all. */
  readonly functions: readonly string[] | undefined
  /** Where the file speaks of it. */
  readonly location: FileLocation
}

/** Azure keeps the instances of an app that is not used for about as long. */
const defaultIdleMinutes = 20
const longestIdleMinutes = 24 * 60
const validName = /^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/i

/** @param directory that the folders of apps are relative to. @throws UserError with the place of the first mistake */
export function readHosting(root: SourceNode, directory: string): Hosting {
  const reader = new ObjectReader(root, 'the file', ['apps', 'port', 'address', 'idleMinutes'])
  const idleMinutes =
    reader.integer('idleMinutes', { minimum: 0, maximum: longestIdleMinutes }) ?? defaultIdleMinutes
  const apps = readItems(reader.required('apps'), "'apps'").map((item) => readApp(item, directory))
  if (apps.length === 0) throw new UserError("'apps' lists no apps", { location: reader.locationOf('apps') })
  const port = reader.integer('port', { minimum: 0, maximum: 65_535 })
  checkNames(apps)
  checkPorts(apps, port)
  return {
    directory,
    port,
    address: reader.text('address'),
    idleStopMs: idleMinutes === 0 ? undefined : idleMinutes * 60_000,
    apps,
  }
}

/** A folder alone, or an object. */
function readApp(node: SourceNode, directory: string): HostedApp {
  if (node.kind === 'scalar') {
    const folder = readText(node, 'an app', 'a folder, or an object with one')
    return {
      ...noOptions,
      name: nameOf(folder, node.location),
      directory: resolve(directory, folder),
      location: node.location,
    }
  }
  const reader = new ObjectReader(node, 'an app', ['directory', 'name', 'port', 'settings', 'functions'])
  const folder = readText(reader.required('directory'), "'directory'", 'a folder')
  const stated = reader.text('name')
  if (stated !== undefined && !validName.test(stated))
    throw new UserError(`The name '${stated}' cannot be part of a host name`, {
      location: reader.locationOf('name'),
      hint: 'Use letters, digits and dashes, at most 60, no dash at either end.',
    })
  return {
    name: stated?.toLowerCase() ?? nameOf(folder, reader.locationOf('directory')),
    directory: resolve(directory, folder),
    port: reader.integer('port', { minimum: 0, maximum: 65_535 }),
    settings: reader.texts('settings'),
    functions: reader.textList('functions'),
    location: node.location,
  }
}

const noOptions = { port: undefined, settings: {}, functions: undefined } as const

/** The name of the folder or zip file, with dashes for what no host name has. */
function nameOf(folder: string, location: FileLocation): string {
  const name = basename(resolve('/', folder))
    .toLowerCase()
    .replace(/\.zip$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '')
  if (validName.test(name) && name !== 'localhost') return name
  throw new UserError(`The folder '${folder}' gives its app no name`, { location, hint: 'Add a "name".' })
}

function checkNames(apps: readonly HostedApp[]): void {
  const seen = new Map<string, HostedApp>()
  for (const app of apps) {
    const earlier = seen.get(app.name)
    if (earlier)
      throw new UserError(
        `There are two apps with the name '${app.name}', the other in line ${earlier.location.line}`,
        {
          location: app.location,
          hint: 'Names must differ: they are host names. Give one of them another "name".',
        },
      )
    seen.set(app.name, app)
  }
}

function checkPorts(apps: readonly HostedApp[], shared: number | undefined): void {
  const taken = new Map<number, string>(shared ? [[shared, 'all apps share']] : [])
  for (const { name, port, location } of apps) {
    if (!port) continue
    const holder = taken.get(port)
    if (holder !== undefined)
      throw new UserError(`The app '${name}' has the port ${port}, which ${holder}`, {
        location,
        hint: 'Ports must differ. Without a "port" an app answers under its name at the shared address.',
      })
    taken.set(port, `'${name}' has`)
  }
}
