/** Which storage account the words of `aloft storage` are about. */
import { UserError } from '@aloft/kernel'
import { SettingsFile } from '../settings/settings-file.ts'
import type { CommandContext } from '../terminal.ts'

/** What `UseDevelopmentStorage=true` stands for. */
const development = 'UseDevelopmentStorage=true'
const defaultSetting = 'AzureWebJobsStorage'

/**
 * The connection string that `given` is or names (an environment variable, or a setting of the app in this folder);
 * without it the app's `AzureWebJobsStorage`, or the well-known account on this machine.
 * @throws UserError when there is no such setting
 */
export async function storageConnection(
  given: string | undefined,
  { directory, environment }: Pick<CommandContext, 'directory' | 'environment'>,
): Promise<string> {
  if (given?.includes('=')) return given
  const file = await SettingsFile.read(directory)
  const name = given ?? defaultSetting
  const setting = file.values.find((each) => each.name.toLowerCase() === name.toLowerCase())
  const found = environment[name] ?? setting?.value
  if (found) return found
  if (given === undefined) return development
  throw new UserError(`There is no setting '${given}' that holds a connection string`, {
    hint: 'Name an environment variable or a setting of local.settings.json, or give the connection string itself.',
  })
}
