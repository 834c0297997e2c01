/** `aloft bundles`: the extension bundle in host.json, which Azure reads and Aloft does not need. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@aloft/kernel'
import { applyEdits, modify, type ParseError, parse } from 'jsonc-parser'
import { defineCommand, exitCodes } from '../command.ts'
import { bundleChannels, bundleSection } from '../projects/new-project.ts'
import type { CommandContext } from '../terminal.ts'
import { unknownWord } from '../unknown-word.ts'

const words = ['add', 'list', 'download', 'path'] as const
const builtIn = 'Nothing to download: triggers and bindings are built into Aloft.\n'

export const bundles = defineCommand({
  usage: 'bundles add|list|download|path [options]',
  description: [
    'Azure runs triggers and bindings from the extension bundle that host.json names; Aloft has its own, built in.',
    "'add' puts the bundle into host.json, 'list' shows which one is there. There is nothing to download, and so no path.",
  ].join('\n'),
  options: {
    channel: {
      kind: 'text',
      short: 'c',
      choices: bundleChannels,
      value: 'CHANNEL',
      summary: 'Of the bundle that is added: GA (default), Preview or Experimental',
    },
    force: { kind: 'flag', short: 'f', summary: 'Replace the bundle that is there' },
  },
  examples: [
    ['aloft bundles add', 'Writes the bundle of Azure Functions 4 into host.json'],
    ['aloft bundles add --channel preview --force', 'Changes to the preview'],
  ],
  maxOperands: 1,
  async run({ options, operands }, context) {
    const { terminal } = context
    const [word = ''] = operands
    switch (words.find((each) => each === word.toLowerCase())) {
      case 'add':
        await addBundle(
          (options.channel ?? 'GA') as (typeof bundleChannels)[number],
          options.force ?? false,
          context,
        )
        break
      case 'list':
        terminal.write(`${builtIn}${describe((await readHostFile(context)).bundle)}`)
        break
      case 'download':
        terminal.write(builtIn)
        break
      case 'path':
        throw new UserError('There is no extension bundle on this machine', {
          hint: 'Triggers and bindings are built into Aloft.',
        })
      default:
        throw unknownWord('bundles', word, words, 'What is to be done with bundles?')
    }
    return exitCodes.ok
  },
})

async function addBundle(
  channel: (typeof bundleChannels)[number],
  replacesExisting: boolean,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context
  const { path, text, bundle } = await readHostFile(context)
  if (bundle !== undefined && !replacesExisting) {
    terminal.write(`host.json has an extension bundle already; --force replaces it.\n${describe(bundle)}`)
    return
  }
  const added = bundleSection(channel)
  const edits = modify(text, ['extensionBundle'], added, {
    formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' },
  })
  await writeFile(path, applyEdits(text, edits))
  terminal.write(`The extension bundle is in host.json.\n${describe(added)}`)
}

function describe(bundle: unknown): string {
  if (bundle === undefined) return 'host.json has no extension bundle.\n'
  const { id, version } = bundle as { readonly id?: unknown; readonly version?: unknown }
  return `In host.json: ${id} ${version}\n`
}

async function readHostFile({ directory }: CommandContext) {
  const path = join(directory, 'host.json')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined)
    throw new UserError(`There is no function app in ${directory}: host.json is missing`, {
      hint: "'aloft init' makes an app.",
    })
  const errors: ParseError[] = []
  const content: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true })
  if (errors.length > 0 || typeof content !== 'object' || content === null || Array.isArray(content))
    throw new UserError('The file is not a JSON object', { location: { file: path } })
  return { path, text, bundle: (content as Readonly<Record<string, unknown>>).extensionBundle }
}
