/** A function as the admin API and the resource manager show it (host `FunctionMetadataResponse`). */
import { dirname, isAbsolute, join, sep } from 'node:path'
import type { FunctionDefinition } from '@aloft/kernel'
import { isHttpFunction, routeText } from '../http/index.ts'
import type { ProxyDefinition } from '../proxies/index.ts'
import { isVisible } from './files/app-folder.ts'
import { functionFolder } from './files/function-folder.ts'
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
  readonly test_data: string
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

export function functionMetadata(target: AdminTarget, definition: FunctionDefinition): FunctionMetadata {
  const base = `https://${target.hostName}`
  return {
    ...noFiles,
    ...fileLinks(target, definition, base),
    name: definition.name,
    href: `${base}/admin/functions/${definition.name}`,
    invoke_url_template: isHttpFunction(definition)
      ? `${base}/${routeText(definition, target.configuration.host.http.routePrefix)}`.toLowerCase()
      : null,
    language: definition.language,
    config: {
      name: definition.name,
      entryPoint: definition.entryPoint,
      scriptFile: definition.scriptFile,
      language: definition.language,
      functionDirectory: definition.scriptFile === '' ? null : dirname(definition.scriptFile),
      bindings: definition.bindings,
    },
    isDisabled: definition.isDisabled,
    isDirect: false,
    isProxy: false,
  }
}

/** Where `/admin/vfs` has the function's files. */
function fileLinks({ configuration }: AdminTarget, { name, scriptFile }: FunctionDefinition, base: string) {
  const { rootDirectory } = configuration.context
  const urlOf = (path: string) =>
    `${base}/admin/vfs/${encodeURI(path.replaceAll(sep, '/').replace(/^\//, ''))}`
  const folder = functionFolder(rootDirectory, name)
  return {
    ...(isAbsolute(scriptFile) && isVisible(rootDirectory, scriptFile) && { script_href: urlOf(scriptFile) }),
    ...(folder !== undefined && {
      script_root_path_href: `${urlOf(folder)}/`,
      config_href: urlOf(join(folder, 'function.json')),
    }),
  }
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
