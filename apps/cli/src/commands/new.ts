/** `aloft new`: adds a function from a template. */
import { join } from 'node:path'
import { UserError } from '@aloft/kernel'
import { askText, choose } from '../ask.ts'
import { defineCommand, exitCodes } from '../command.ts'
import {
  checkFunctionName,
  type FunctionTemplate,
  findTemplate,
  functionTemplates,
  hasForm,
  noteOf,
  renderFunction,
} from '../projects/function-templates.ts'
import {
  type AuthLevel,
  authLevels,
  detectProjectKind,
  type ProjectKind,
  projectLanguages,
} from '../projects/project-kind.ts'
import { exists, writeFiles } from '../projects/write-files.ts'
import type { CommandContext } from '../terminal.ts'
import { init } from './init.ts'

export const newFunction = defineCommand({
  usage: 'new --template NAME --name NAME [options]',
  description: [
    'Adds a function to the app in this folder. It asks for what is not given when there is a person to ask.',
    "'aloft new --list' shows the templates.",
  ].join('\n'),
  options: {
    template: { kind: 'text', short: 't', value: 'NAME', summary: 'Template, e.g. "HTTP trigger"' },
    name: { kind: 'text', short: 'n', value: 'NAME', summary: "The function's name" },
    authlevel: {
      kind: 'text',
      short: 'a',
      choices: authLevels,
      value: 'LEVEL',
      summary: 'For HTTP triggers',
    },
    language: {
      kind: 'text',
      short: 'l',
      choices: projectLanguages,
      value: 'LANGUAGE',
      summary: "Default: the app's",
    },
    'worker-runtime': {
      kind: 'text',
      value: 'RUNTIME',
      summary: 'Where there is no app yet, makes one for it: node or custom',
    },
    list: { kind: 'flag', summary: 'Show the templates' },
    force: { kind: 'flag', summary: 'Replace files that exist' },
    // For Python and C# script.
    file: { kind: 'text', short: 'f', summary: '', isIgnored: true },
    csx: { kind: 'flag', summary: '', isIgnored: true },
  },
  examples: [
    ['aloft new --template "HTTP trigger" --name hello', 'Adds an HTTP function'],
    ['aloft new -t "Timer trigger" -n cleanup', 'Adds a function that runs on a schedule'],
    ['aloft new --template "HTTP trigger" --name admin --authlevel admin', 'Asks for the master key'],
  ],
  maxOperands: 0,
  async run({ options }, context) {
    const { terminal, directory } = context
    const templates = await functionTemplates()
    if (options.list) {
      const width = Math.max(...templates.map(({ name }) => name.length)) + 2
      const rows = templates.map((each) => `${each.name.padEnd(width)}${each.summary}${noteOf(each)}\n`)
      terminal.write(rows.join(''))
      return exitCodes.ok
    }
    if (!(await exists(join(directory, 'host.json')))) await initFirst(options, context)
    const kind = await kindOf(directory, options.language)
    const template = await pickTemplate(options.template, templates, kind, context)
    const functionName = options.name ?? (await askName(template, context))
    checkFunctionName(functionName)
    const files = await renderFunction(
      template,
      kind,
      functionName,
      options.authlevel as AuthLevel | undefined,
    )
    if (!options.force) await checkFree(directory, files)
    for (const { path } of await writeFiles(directory, files, 'replace')) terminal.write(`Writing ${path}\n`)
    terminal.write(
      `The function "${functionName}" was created successfully from the "${template.name}" template.\n`,
    )
    const packages = template.needs[kind.model]
    if (packages.length > 0) terminal.write(`It needs a package: npm install ${packages.join(' ')}\n`)
    if (template.missingService !== undefined)
      terminal.write(
        `It needs a service that Aloft does not have yet (${template.missingService}): here it is reported in error.\n`,
      )
    return exitCodes.ok
  },
})

/** As `func new` does; without a person or a word for it, a folder may just be the wrong one. */
async function initFirst(
  { language, 'worker-runtime': runtime }: { readonly language?: string; readonly 'worker-runtime'?: string },
  context: CommandContext,
): Promise<void> {
  if (runtime === undefined && !context.terminal.isInteractive) return
  context.terminal.write('There is no function app here yet.\n')
  await init.run({ options: { language, 'worker-runtime': runtime }, operands: [] }, context)
}

/** The app's, in the language that is asked for. */
async function kindOf(directory: string, asked: string | undefined): Promise<ProjectKind> {
  const { language, model } = await detectProjectKind(directory)
  const wanted = (asked ?? language) as ProjectKind['language']
  if (wanted !== language && (wanted === 'custom' || language === 'custom'))
    throw new UserError(
      `The app in ${directory} is ${language === 'custom' ? 'of a custom handler' : `in ${language}`}, not ${wanted}`,
      { hint: 'Leave --language out.' },
    )
  return { language: wanted, model }
}

async function pickTemplate(
  written: string | undefined,
  templates: readonly FunctionTemplate[],
  kind: ProjectKind,
  { terminal }: CommandContext,
): Promise<FunctionTemplate> {
  if (written !== undefined) return findTemplate(templates, written)
  const fitting = templates.filter((each) => hasForm(each, kind))
  const names = fitting.toSorted((one, other) => rankOf(one) - rankOf(other)).map(({ name }) => name)
  if (terminal.isInteractive) {
    const note = (name: string) => noteOf(findTemplate(templates, name))
    return findTemplate(templates, await choose(terminal, 'Template', names, note))
  }
  throw new UserError('Which template? --template is missing', { hint: `Templates: ${names.join(', ')}.` })
}

/** What most want first, then what runs here. */
function rankOf({ id, missingService }: FunctionTemplate): number {
  return id === 'http-trigger' ? 0 : missingService === undefined ? 1 : 2
}

async function askName(template: FunctionTemplate, { terminal }: CommandContext): Promise<string> {
  if (terminal.isInteractive)
    return askText(terminal, 'Function name', template.defaultFunctionName, checkFunctionName)
  throw new UserError('What is the function called? --name is missing', {
    hint: `E.g. --name ${template.defaultFunctionName}.`,
  })
}

async function checkFree(directory: string, files: readonly { readonly path: string }[]): Promise<void> {
  for (const { path } of files) {
    if (await exists(join(directory, path)))
      throw new UserError('The file exists already', {
        location: { file: path },
        hint: 'Choose another --name, or replace it with --force.',
      })
  }
}
