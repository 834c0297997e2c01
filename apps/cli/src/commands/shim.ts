/** `aloft shim`: writes a `func` for the PATH, so that editors and scripts which call `func` run Aloft. */
import { mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'

const aloft = fileURLToPath(new URL('../../../../aloft', import.meta.url))
const mark = 'ALOFT_CALLED_AS=func'

export const shim = defineCommand({
  usage: 'shim DIR [options]',
  description: [
    'Writes a program called func into DIR that runs this Aloft. Put DIR before the others on the PATH, and what calls',
    "'func start' (VS Code, npm scripts, tests) runs Aloft. 'func --version' answers with the version of Core Tools",
    'that Aloft follows.',
  ].join('\n'),
  options: {
    force: { kind: 'flag', summary: 'Replace a func that is not Aloft' },
  },
  examples: [['aloft shim ~/.local/bin', 'Then func is Aloft, where that folder is on the PATH']],
  maxOperands: 1,
  async run({ options, operands }, { terminal, directory, environment }) {
    const [given] = operands
    if (given === undefined)
      throw new UserError('Which folder?', { hint: "A folder on the PATH, e.g. 'aloft shim ~/.local/bin'." })
    const folder = resolve(directory, given)
    const target = join(folder, process.platform === 'win32' ? 'func.cmd' : 'func')
    await mkdir(folder, { recursive: true })
    const present = await readFile(target, 'latin1').catch(() => undefined)
    if (present !== undefined && !(await isOwn(target, present)) && !options.force)
      throw new UserError(`${target} is another program`, {
        hint: 'Choose another folder, or replace it with --force.',
      })
    await rm(target, { force: true })
    // Not a script of its own: its shell would drop variables that the one of `aloft` is to see.
    if (process.platform === 'win32') await writeFile(target, windowsShim())
    else await symlink(aloft, target)
    terminal.write(`${target} runs Aloft.\n`)
    const isOnPath = (environment.PATH ?? '')
      .split(delimiter)
      .some((each) => each !== '' && resolve(each) === folder)
    if (!isOnPath) terminal.write(`${folder} is not on the PATH yet: export PATH="${folder}:$PATH"\n`)
    return exitCodes.ok
  },
})

async function isOwn(target: string, content: string): Promise<boolean> {
  if (content.includes(mark)) return true
  const linked = await readlink(target).catch(() => undefined)
  return linked !== undefined && /(?:^|\/)aloft$/.test(linked)
}

/** There the bootstrap script needs a shell of its own; the pinned Node runs the command without it. */
function windowsShim(): string {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  return `@echo off\r\nset ${mark}\r\n"${process.execPath}" --disable-warning=ExperimentalWarning "${main}" %*\r\n`
}
