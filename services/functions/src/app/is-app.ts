import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Settings, type SettingValues } from '@aloft/kernel'
import { findAppPlace, namesPackage } from '../package/index.ts'
import { readLocalSettings } from './local-settings.ts'

/**
 * Whether there is an app at `path` (absolute): a zip file, a folder with host.json, or one whose settings name a package
 * to run. @throws UserError when its settings cannot be read
 */
export async function isApp(path: string, environment: SettingValues): Promise<boolean> {
  const place = await findAppPlace(path).catch(() => undefined)
  if (!place || place.kind === 'zip') return place !== undefined
  if (await stat(join(path, 'host.json')).catch(() => undefined)) return true
  const { settings } = await readLocalSettings(path)
  return namesPackage(place, new Settings(environment, settings))
}
