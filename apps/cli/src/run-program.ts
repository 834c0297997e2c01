/** Runs programs of the user's machine: npm, git. */
import { spawn } from 'node:child_process'
import type { CommandContext } from './terminal.ts'

/** Its output goes to this process's; undefined when it ended with 0, else what went wrong. */
export function runProgram(
  program: string,
  parameters: readonly string[],
  directory: string,
  { environment }: Pick<CommandContext, 'environment'>,
): Promise<string | undefined> {
  const child = spawn(program, parameters, {
    cwd: directory,
    env: environment as NodeJS.ProcessEnv,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  return new Promise((done) => {
    child.on('error', (error) => done(error.message))
    child.on('exit', (code) => done(code === 0 ? undefined : `exit code ${code}`))
  })
}
