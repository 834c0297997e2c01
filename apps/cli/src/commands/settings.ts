/** `aloft settings`: reads and changes local.settings.json. */
import { UserError } from '@aloft/kernel'
import type { OptionValues } from '../arguments.ts'
import { defineCommand, exitCodes } from '../command.ts'
import { type SettingKind, SettingsFile, settingsFile } from '../settings/settings-file.ts'
import { closest } from '../suggest.ts'
import type { CommandContext } from '../terminal.ts'
import { unknownWord } from '../unknown-word.ts'

const options = {
  connectionString: { kind: 'flag', short: 'c', summary: 'Change a connection string, not a setting' },
  showValue: { kind: 'flag', short: 'a', summary: "Show the values in 'list'" },
  json: { kind: 'flag', summary: "Print 'list' as JSON" },
} as const

interface SettingsCall {
  readonly file: SettingsFile
  readonly kind: SettingKind
  readonly operands: readonly string[]
  readonly options: OptionValues<typeof options>
}

type Verb = (call: SettingsCall, context: CommandContext) => void | Promise<void>

const verbs: Readonly<Record<string, Verb>> = {
  list,
  add,
  delete: remove,
  remove,
  decrypt,
  encrypt() {
    throw new UserError('Aloft does not encrypt local.settings.json, and nothing was changed', {
      hint:
        'The key would lie on the same disk, and no other program could read the file. Keep it out of version ' +
        'control (.gitignore has it) and readable to you alone: chmod 600 local.settings.json.',
    })
  },
}

export const settings = defineCommand({
  usage: 'settings list|add|delete|decrypt|encrypt [NAME] [VALUE] [options]',
  description: [
    "Reads and changes local.settings.json in this folder; comments stay. 'list' hides the values unless",
    '--showValue is given.',
  ].join('\n'),
  options,
  examples: [
    ['aloft settings add QUEUE orders', 'Sets an app setting'],
    ['aloft settings list --showValue', 'Shows all of them'],
    ['aloft settings delete QUEUE', 'Removes one'],
    ['aloft settings decrypt', 'Marks a file as plain whose values are'],
  ],
  maxOperands: 3,
  async run({ options, operands }, context) {
    const [word = '', ...rest] = operands
    const verb = Object.hasOwn(verbs, word.toLowerCase()) ? verbs[word.toLowerCase()] : undefined
    if (!verb)
      throw unknownWord('settings', word, Object.keys(verbs), 'What is to be done with the settings?')
    const file = await SettingsFile.read(context.directory)
    const kind = options.connectionString ? 'ConnectionStrings' : 'Values'
    await verb({ file, kind, operands: rest, options }, context)
    return exitCodes.ok
  },
})

function list({ file, options }: SettingsCall, { terminal }: CommandContext): void {
  if (options.showValue && file.hasEncryptedValues) throw stillEncrypted()
  const shown = (value: string) => (options.showValue ? value : '*****')
  if (options.json) {
    const values = Object.fromEntries(file.values.map(({ name, value }) => [name, shown(value)]))
    const connectionStrings = file.connectionStrings.map((each) => ({ ...each, value: shown(each.value) }))
    terminal.write(`${JSON.stringify({ values, connectionStrings }, null, 2)}\n`)
    return
  }
  const { bold } = terminal.colors
  const lines = [bold('App Settings:')]
  for (const { name, value } of file.values)
    lines.push(`   -> ${bold('Name')}: ${name}`, `      ${bold('Value')}: ${shown(value)}`, '')
  lines.push(bold('Connection Strings:'))
  for (const { name, value, providerName } of file.connectionStrings)
    lines.push(
      `   -> ${bold('Name')}: ${name}`,
      `      ${bold('Value')}: ${shown(value)}`,
      `      ${bold('ProviderName')}: ${providerName}`,
      '',
    )
  terminal.write(`${lines.join('\n')}\n`)
}

async function add({ file, kind, operands }: SettingsCall, { terminal }: CommandContext): Promise<void> {
  const [name, value] = operands
  if (name === undefined || value === undefined)
    throw new UserError('A setting has a name and a value', { hint: 'Usage: aloft settings add NAME VALUE' })
  if (file.hasEncryptedValues) throw stillEncrypted()
  file.set(kind, name, value)
  if (file.isMarkedEncrypted) file.markPlain()
  await file.write()
  terminal.write(`'${name}' is set in ${settingsFile}.\n`)
}

async function remove({ file, kind, operands }: SettingsCall, { terminal }: CommandContext): Promise<void> {
  const [name] = operands
  if (name === undefined) throw new UserError('Which setting?', { hint: 'Usage: aloft settings delete NAME' })
  if (!file.remove(kind, name)) {
    const names = (kind === 'Values' ? file.values : file.connectionStrings).map((each) => each.name)
    const near = closest(name, names)
    throw new UserError(
      `${settingsFile} has no ${kind === 'Values' ? 'setting' : 'connection string'} '${name}'`,
      {
        hint: near && `Did you mean '${near}'?`,
      },
    )
  }
  await file.write()
  terminal.write(`'${name}' is removed from ${settingsFile}.\n`)
}

/** All that can be done without the key: a file whose values are plain is marked as such. */
async function decrypt({ file }: SettingsCall, { terminal }: CommandContext): Promise<void> {
  if (file.hasEncryptedValues) throw stillEncrypted()
  if (!file.isMarkedEncrypted) {
    terminal.write(`${settingsFile} is not encrypted.\n`)
    return
  }
  file.markPlain()
  await file.write()
  terminal.write(`The values in ${settingsFile} are plain; the file says so now.\n`)
}

function stillEncrypted(): UserError {
  return new UserError('The values are encrypted, and only the machine that encrypted them has the key', {
    location: { file: settingsFile },
    hint: "Run 'func settings decrypt' there, or fetch them anew: 'func azure functionapp fetch-app-settings APP'.",
  })
}
