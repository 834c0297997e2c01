/** `aloft pack`: the app as the zip file that Azure takes. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { UserError, ZipWriter } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { type AppFile, listAppFiles } from '../pack/app-files.ts'
import { exists } from '../projects/write-files.ts'
import { runProgram } from '../run-program.ts'
import type { CommandContext } from '../terminal.ts'

/** `func pack node DIR` names the runtime first. */
const runtimes = ['node', 'custom']
/** The format's limit for one entry. */
const maxFileBytes = 2 ** 32 - 1

export const pack = defineCommand({
  usage: 'pack [RUNTIME] [DIR] [options]',
  description: [
    'Makes DIR.zip of the app in DIR, or here: what Azure takes as a deployment. It runs npm install and the build',
    'script first. Files that .funcignore names, and local.settings.json, stay out. The same files make the same',
    'bytes.',
  ].join('\n'),
  options: {
    output: {
      kind: 'text',
      short: 'o',
      value: 'DIR',
      summary: 'Folder for the zip file (default: this one)',
    },
    'no-build': { kind: 'flag', summary: 'Neither install nor build' },
    'skip-install': { kind: 'flag', summary: "Do not run 'npm install'" },
    list: { kind: 'flag', summary: 'Show what would be in it, and make nothing' },
    'build-native-deps': { kind: 'flag', summary: '', isIgnored: true },
  },
  examples: [
    ['aloft pack', 'The app in this folder'],
    ['aloft pack shop --output dist --no-build', 'dist/shop.zip of what is there'],
  ],
  maxOperands: 2,
  async run({ options, operands }, context) {
    const { terminal } = context
    const [folder = '.'] = runtimes.includes(operands[0]?.toLowerCase() ?? '') ? operands.slice(1) : operands
    const root = resolve(context.directory, folder)
    if (!(await exists(join(root, 'host.json'))))
      throw new UserError(`There is no function app in ${root}: host.json is missing`, {
        hint: "Go to the app's folder, or name it: aloft pack DIR.",
      })
    const target = join(resolve(context.directory, options.output ?? '.'), `${basename(root)}.zip`)
    if (!options['no-build'] && !options.list) await build(root, options['skip-install'] ?? false, context)
    const files = await listAppFiles(root, target)
    if (options.list) {
      terminal.write(files.map(({ name }) => `${name}\n`).join(''))
      return exitCodes.ok
    }
    await writeZip(target, files)
    const shown = relative(context.directory, target) || target
    terminal.write(`Created ${shown} with ${files.length} files.\n`)
    return exitCodes.ok
  },
})

async function build(root: string, skipsInstall: boolean, context: CommandContext): Promise<void> {
  const file = join(root, 'package.json')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return
  if (!skipsInstall) await npm(['install', '--no-audit', '--no-fund', '--loglevel=error'], root, context)
  if (hasBuildScript(text, file)) await npm(['run', 'build'], root, context)
}

function hasBuildScript(text: string, file: string): boolean {
  try {
    const { scripts } = JSON.parse(text) as { readonly scripts?: Readonly<Record<string, string>> }
    return scripts?.build !== undefined
  } catch (error) {
    throw new UserError(`The file is not valid JSON: ${(error as Error).message}`, { location: { file } })
  }
}

async function npm(words: readonly string[], root: string, context: CommandContext): Promise<void> {
  const { terminal } = context
  const line = `npm ${words
    .slice(0, 2)
    .filter((word) => !word.startsWith('-'))
    .join(' ')}`
  terminal.write(`Running ${line} ...\n`)
  const failure = await runProgram('npm', words, root, context)
  if (failure !== undefined)
    throw new UserError(`'${line}' failed: ${failure}`, { hint: '--no-build packs what is there.' })
}

/** A zip file that is there is replaced when the new one is whole. */
async function writeZip(target: string, files: readonly AppFile[]): Promise<void> {
  const large = files.find(({ size }) => size > maxFileBytes)
  if (large)
    throw new UserError(`${large.name} is larger than 4 GB`, { hint: 'Leave it out with .funcignore.' })
  await mkdir(resolve(target, '..'), { recursive: true })
  const draft = `${target}.part`
  const handle = await open(draft, 'w')
  try {
    const zip = new ZipWriter((bytes) => handle.writeFile(bytes))
    for (const { name, path, isExecutable } of files)
      await zip.add(name, await readFile(path), isExecutable ? 'executable' : 'file')
    await zip.end()
    await handle.close()
    await rename(draft, target)
  } catch (error) {
    await handle.close().catch(() => {})
    await rm(draft, { force: true })
    throw error
  }
}
