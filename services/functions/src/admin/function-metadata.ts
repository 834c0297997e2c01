/** A function as the admin API and the resource manager show it (host `FunctionMetadataResponse`). */
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, sep } from 'node:path'
import type { BindingDefinition, FunctionDefinition } from '@aloft/kernel'
import { parse } from 'jsonc-parser'
import { isHttpFunction, routeText } from '../http/index.ts'
import type { ProxyDefinition } from '../proxies/index.ts'
import { isVisible } from './files/app-folder.ts'
import { functionFolder } from './files/function-folder.ts'
import { readTestData, testDataFile } from './files/test-data.ts'
import type { AdminTarget } from './target.ts'

export interface FunctionMetadata {
  readonly name: string
  readonly script_root_path_href: string | null
  readonly script_href: string | null
  readonly config_href: string | null
  readonly test_data_href: string | null
  readonly href: string
  readonly invoke_url_template: string | null
  readonly language: string | null
  readonly config: Readonly<Record<string, unknown>>
  readonly files: null
  /** Null = too long for this answer; it is at `test_data_href`. */
  readonly test_data: string | null
  readonly isDisabled: boolean
  readonly isDirect: boolean
  readonly isProxy: boolean
}

/** Of what has no files. */
const noFiles = {
  script_root_path_href: null,
  script_href: null,
  config_href: null,
  test_data_href: null,
  files: null,
  test_data: '',
}

/** @param origin of its links, e.g. `https://localhost:7071` */
export async function functionMetadata(
  target: AdminTarget,
  definition: FunctionDefinition,
  origin = `https://${target.hostName}`,
): Promise<FunctionMetadata> {
  const { name } = definition
  const folder = functionFolder(target.configuration.context.rootDirectory, name)
  return {
    ...noFiles,
    ...fileLinks(target, definition, folder, origin),
    name,
    test_data_href: vfsUrl(origin, testDataFile(target.testDataFolder, name)),
    test_data: await readTestData(target.testDataFolder, name),
    href: `${origin}/admin/functions/${name}`,
    invoke_url_template: isHttpFunction(definition)
      ? `${origin}/${routeText(definition, target.configuration.host.http.routePrefix)}`.toLowerCase()
      : null,
    language: definition.language,
    config: folder === undefined ? configOf(definition) : await readConfig(folder),
    isDisabled: definition.isDisabled,
    isDirect: false,
    isProxy: false,
  }
}

function configOf(definition: FunctionDefinition): Readonly<Record<string, unknown>> {
  const { name, entryPoint, scriptFile, language, bindings } = definition
  const functionDirectory = scriptFile === '' ? null : dirname(scriptFile)
  return { name, entryPoint, scriptFile, language, functionDirectory, bindings: bindings.map(asDeclared) }
}

/** Without what indexing adds. */
function asDeclared({ dataType, ...declared }: BindingDefinition): Readonly<Record<string, unknown>> {
  return dataType === 'undefined' ? declared : { ...declared, dataType }
}

/** function.json as it stands there; `{}` when it cannot be read just now. */
async function readConfig(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(join(folder, 'function.json'), 'utf8').catch(() => '')
  const config: unknown = parse(text.replace(/^\uFEFF/, ''), undefined, { allowTrailingComma: true })
  return typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {}
}

/** Where `/admin/vfs` has the function's files. */
function fileLinks(
  { configuration }: AdminTarget,
  { scriptFile }: FunctionDefinition,
  folder: string | undefined,
  origin: string,
) {
  const { rootDirectory } = configuration.context
  const hasScript = isAbsolute(scriptFile) && isVisible(rootDirectory, scriptFile)
  return {
    ...(hasScript && { script_href: vfsUrl(origin, scriptFile) }),
    ...(folder !== undefined && {
      script_root_path_href: `${vfsUrl(origin, folder)}/`,
      config_href: vfsUrl(origin, join(folder, 'function.json')),
    }),
  }
}

function vfsUrl(origin: string, path: string): string {
  return `${origin}/admin/vfs/${encodeURI(path.replaceAll(sep, '/').replace(/^\//, ''))}`
}

/** A proxy as the function that it pretends to be. */
export function proxyMetadata(target: AdminTarget, proxy: ProxyDefinition): FunctionMetadata {
  const base = `https://${target.hostName}`
  const { name, route, methods, isDisabled } = proxy
  return {
    ...noFiles,
    name,
    href: `${base}/admin/functions/${name}`,
    // Azure shows it with the route prefix of functions, where nothing answers.
    invoke_url_template: `${base}/${route}`.toLowerCase(),
    language: null,
    config: {
      name,
      bindings: [
        {
          authLevel: 'anonymous',
          name: 'req',
          type: 'httptrigger',
          direction: 'in',
          route,
          ...(methods && { methods }),
        },
      ],
    },
    isDisabled,
    isDirect: false,
    isProxy: true,
  }
}
