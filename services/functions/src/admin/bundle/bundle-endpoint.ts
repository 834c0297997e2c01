/** `GET /admin/host/extensionBundle/v1/{content}` (host `ExtensionBundleController`). */
import { jsonReply, type Reply, textReply } from '@aloft/wire/http'
import type { AdminTarget } from '../target.ts'
import { type BundleSource, bindingsDocument, resourcesDocument } from './bundle-content.ts'

/** @param content `templates`, `bindings`, `resources` or `resources.<locale>` */
export async function bundleReply(
  target: AdminTarget,
  source: BundleSource,
  content: string,
): Promise<Reply> {
  if (!target.configuration.host.extensionBundle)
    return textReply(404, `host.json names no extension bundle: there are no ${content} of one.`)
  const [, kind = '', locale] = /^(\w+)(?:\.(.*))?$/.exec(content.toLowerCase()) ?? []
  if (kind === 'resources' && locale !== undefined) return resourcesReply(locale)
  if (locale === undefined) {
    if (kind === 'templates') return jsonReply(200, await source.templates())
    if (kind === 'bindings') return jsonReply(200, bindingsDocument(await source.types()))
    if (kind === 'resources') return jsonReply(200, resourcesDocument())
  }
  return textReply(404, `An extension bundle has no '${content}'.`)
}

function resourcesReply(locale: string): Reply {
  if (!isLocale(locale)) return textReply(404, `'${locale}' is no locale.`)
  // What has no translation is shown in English by those who ask.
  return jsonReply(200, { lang: {}, ...resourcesDocument() })
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    // It throws for all that is none.
    return false
  }
}
