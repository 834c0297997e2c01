/** A function as the admin API and the resource manager show it (host `FunctionMetadataResponse`). */
import { dirname } from 'node:path'
import type { FunctionDefinition } from '@aloft/kernel'
import { isHttpFunction, routeText } from '../http/index.ts'
import type { AdminTarget } from './target.ts'

export interface FunctionMetadata {
  readonly name: string
  readonly script_root_path_href: string | null
  readonly script_href: string | null
  readonly config_href: string | null
  readonly test_data_href: string | null
  readonly href: string
  readonly invoke_url_template: string | null
  readonly language: string
  readonly config: Readonly<Record<string, unknown>>
  readonly files: null
  readonly test_data: string
  readonly isDisabled: boolean
  readonly isDirect: boolean
  readonly isProxy: boolean
}

export function functionMetadata(target: AdminTarget, definition: FunctionDefinition): FunctionMetadata {
  const base = `https://${target.hostName}`
  return {
    name: definition.name,
    // Files are not served here.
    script_root_path_href: null,
    script_href: null,
    config_href: null,
    test_data_href: null,
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
    files: null,
    test_data: '',
    isDisabled: definition.isDisabled,
    isDirect: false,
    isProxy: false,
  }
}
