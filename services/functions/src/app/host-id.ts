/** The host id: prefix of locks, receipts and timer states that an app keeps (host `ScriptHostIdProvider`). */
import { hostname } from 'node:os'
import { type Settings, UserError } from '@aloft/kernel'

const maxLength = 32
const valid = /^(?!-)(?!.*--)[a-z0-9-]{1,32}(?<!-)$/

/**
 * `AzureFunctionsWebHost__hostid`, else site name and slot, else machine and identity. Two apps with the same id
 * on the same storage compete, so the local form hashes the path. Throws a UserError for an id that is not allowed.
 *
 * @param identity tells the app from others on this machine: its folder
 */
export function determineHostId(settings: Settings, identity: string, machine = hostname()): string {
  const explicit = settings.get('AzureFunctionsWebHost:hostid')
  if (explicit) {
    if (valid.test(explicit)) return explicit
    throw new UserError(
      `The app setting AzureFunctionsWebHost__hostid is '${explicit}'. A host ID must be between 1 and 32 characters, contain only lowercase letters, numbers, and dashes, not start or end with a dash, and not contain consecutive dashes.`,
    )
  }
  const site = settings.get('WEBSITE_SITE_NAME')
  if (site) {
    const slot = settings.get('WEBSITE_SLOT_NAME')
    return shorten(slot && slot.toLowerCase() !== 'production' ? `${site}-${slot}` : site)
  }
  const hash = Math.abs(stableHash(identity))
  const label = (machine.split('.')[0] ?? '').replace(/[^a-z0-9]/gi, '') || 'local'
  // The name gives way, not the hash, which alone tells the folders of one machine apart.
  return shorten(`${label.slice(0, maxLength - 1 - String(hash).length)}-${hash}`)
}

function shorten(id: string): string {
  return id.slice(0, maxLength).toLowerCase().replace(/-+$/, '')
}

/** The host's own 32-bit hash, so that receipts of `func` and Aloft agree. */
function stableHash(text: string): number {
  let hash = 23
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash
}
