/** `aloft init`: makes a function app that runs here and in Azure. */
import { mkdir } from 'node:fs/promises'
import { basename, relative, resolve } from 'node:path'
import { languageFlags, type OptionValues } from '../arguments.ts'
import { choose } from '../ask.ts'
import { defineCommand, exitCodes } from '../command.ts'
import {
  bundleChannels,
  configurationProfiles,
  type NewProject,
  renderProject,
} from '../projects/new-project.ts'
import { models, type ProjectKind, projectLanguages } from '../projects/project-kind.ts'
import { isRuntimeSubcommand, resolveLanguage } from '../projects/runtime-words.ts'
import { exists, writeFiles } from '../projects/write-files.ts'
import { runProgram } from '../run-program.ts'
import type { CommandContext } from '../terminal.ts'

const options = {
  'worker-runtime': { kind: 'text', value: 'RUNTIME', summary: 'node (default) or custom' },
  language: { kind: 'text', short: 'l', value: 'LANGUAGE', summary: 'javascript (default) or typescript' },
  model: { kind: 'text', short: 'm', choices: models, value: 'MODEL', summary: 'Programming model' },
  force: { kind: 'flag', summary: 'Replace files that exist' },
  'skip-npm-install': { kind: 'flag', summary: "Do not run 'npm install'" },
  docker: { kind: 'flag', summary: 'Also write a Dockerfile, for Azure' },
  'docker-only': { kind: 'flag', summary: 'Write nothing but the Dockerfile' },
  'source-control': { kind: 'flag', summary: "Run 'git init'" },
  'no-bundle': { kind: 'flag', summary: 'Leave the extension bundle out of host.json' },
  'bundles-channel': {
    kind: 'text',
    short: 'c',
    choices: bundleChannels,
    value: 'CHANNEL',
    summary: 'Extension bundle for Azure',
  },
  'configuration-profile': {
    kind: 'text',
    choices: configurationProfiles,
    value: 'NAME',
    summary: 'Presets for host.json: mcp-custom-handler',
  },
  javascript: { kind: 'flag', summary: 'The same as --language javascript' },
  typescript: { kind: 'flag', summary: 'The same as --language typescript' },
  'no-docs': { kind: 'flag', summary: '', isIgnored: true },
  // C# script, which needs the .NET host.
  csx: { kind: 'flag', summary: '', isIgnored: true },
  'managed-dependencies': { kind: 'flag', summary: '', isIgnored: true },
  'skip-go-mod-tidy': { kind: 'flag', summary: '', isIgnored: true },
  'target-framework': { kind: 'text', summary: '', isIgnored: true },
} as const

export const init = defineCommand({
  usage: 'init [RUNTIME] [DIR] [options]',
  description: [
    'Makes a function app in DIR, or here. It asks for the language when there is a person to ask and',
    'it is not given. Files that exist are kept.',
    '',
    'A TypeScript app needs no build for Aloft, which runs its sources; Azure runs what npm run build makes.',
    'The runtime custom is for programs in any language: host.json names what answers the invocations.',
  ].join('\n'),
  options,
  examples: [
    ['aloft init shop', 'A JavaScript app in ./shop'],
    ['aloft init shop --language typescript --model v4', 'The same in TypeScript'],
    ['aloft init --worker-runtime node --docker', 'In this folder, with a Dockerfile'],
    ['aloft init shop --worker-runtime custom', 'For a program of your own'],
  ],
  maxOperands: 2,
  async run({ options, operands }, context) {
    const { runtime, folder } = splitOperands(operands)
    const directory = resolve(context.directory, folder)
    const project = await describeProject(options, runtime, directory, context)
    await mkdir(directory, { recursive: true })
    await write(project, directory, options.force ? 'replace' : 'keep', context)
    if (options['source-control']) await run('git', ['init', '--quiet'], directory, context)
    if (project.docker !== 'only') await finish(project, options, directory, context)
    return exitCodes.ok
  },
})

/** `func init node DIR` names the runtime first; `func init python` has no folder. */
function splitOperands(operands: readonly string[]): { runtime: string | undefined; folder: string } {
  const [first, second] = operands
  if (second !== undefined || isRuntimeSubcommand(first)) return { runtime: first, folder: second ?? '.' }
  return { runtime: undefined, folder: first ?? '.' }
}

async function describeProject(
  given: OptionValues<typeof options>,
  runtime: string | undefined,
  directory: string,
  { terminal }: CommandContext,
): Promise<NewProject> {
  const profile = given['configuration-profile'] as NewProject['configurationProfile']
  const assumed = profile === undefined ? undefined : 'custom'
  const flag = languageFlags.find((name) => (given as Readonly<Record<string, unknown>>)[name])
  let language = resolveLanguage(
    given.csx ? 'dotnet' : (given['worker-runtime'] ?? runtime ?? assumed ?? flag),
    given.language ?? (flag === 'custom' ? undefined : flag),
  )
  if (language === undefined && terminal.isInteractive)
    language = (await choose(terminal, 'Language', projectLanguages)) as ProjectKind['language']
  const channel = (given['bundles-channel'] ?? 'GA') as (typeof bundleChannels)[number]
  return {
    language: language ?? 'javascript',
    model: language === 'custom' ? 'v3' : ((given.model ?? 'v4') as ProjectKind['model']),
    name: basename(directory),
    bundle: given['no-bundle'] ? undefined : channel,
    docker: given['docker-only'] ? 'only' : given.docker ? 'also' : 'none',
    configurationProfile: profile,
  }
}

async function write(
  project: NewProject,
  directory: string,
  existing: 'keep' | 'replace',
  { terminal }: CommandContext,
): Promise<void> {
  for (const { path, outcome } of await writeFiles(directory, await renderProject(project), existing))
    terminal.write(outcome === 'written' ? `Writing ${path}\n` : `${path} already exists. Skipped!\n`)
  if (project.model === 'v4' && project.docker !== 'only')
    await mkdir(resolve(directory, 'src/functions'), { recursive: true })
}

async function finish(
  project: NewProject,
  options: { readonly 'skip-npm-install'?: boolean },
  directory: string,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context
  const where = relative(context.directory, directory)
  const isCustom = project.language === 'custom'
  const isWaiting = !isCustom && (options['skip-npm-install'] || !(await installPackages(directory, context)))
  const steps = [
    ...(where === '' ? [] : [`cd ${where}`]),
    ...(isWaiting ? ['npm install'] : []),
    `aloft new --template "HTTP trigger" --name hello`,
    // The host finds the files of model v3 through function.json, which names the built ones.
    ...(project.model === 'v3' && project.language === 'typescript' ? ['npm run build'] : []),
    'aloft start',
  ]
  const handler = isCustom
    ? '\nhost.json names the program that answers the invocations: customHandler.description.defaultExecutablePath.\n'
    : ''
  terminal.write(`${handler}\nNext:\n${steps.map((step) => `  ${step}\n`).join('')}`)
}

async function installPackages(directory: string, context: CommandContext): Promise<boolean> {
  if (await exists(resolve(directory, 'node_modules'))) return true
  context.terminal.write('Running npm install ...\n')
  return run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], directory, context)
}

/** Runs a program of the user's; a failure is a warning, for the files are there all the same. */
async function run(
  program: string,
  parameters: readonly string[],
  directory: string,
  context: CommandContext,
): Promise<boolean> {
  const { terminal } = context
  const failure = await runProgram(program, parameters, directory, context)
  if (failure !== undefined)
    terminal.writeError(
      `${terminal.colors.yellow('warning:')} '${program} ${parameters.join(' ')}' failed: ${failure}\n`,
    )
  return failure === undefined
}
