/** From the words on the command line to an exit code. */
import { UserError } from '@aloft/kernel'
import { parseArguments } from './arguments.ts'
import { exitCodes } from './command.ts'
import { commands, findCommand } from './command-table.ts'
import { foreignWord } from './foreign-words.ts'
import { commandHelp, overviewHelp } from './help.ts'
import { renderUserError, reportInternalError } from './report-error.ts'
import { closest } from './suggest.ts'
import type { CommandContext } from './terminal.ts'
import { coreToolsVersion, version } from './version.ts'

/** Runs `aloft <words>`. Never rejects: what goes wrong is shown and becomes the exit code. */
export async function runCli(words: readonly string[], context: CommandContext): Promise<number> {
  const { terminal } = context
  try {
    return await dispatch(words, context)
  } catch (error) {
    if (error instanceof UserError) {
      terminal.writeError(renderUserError(error, terminal.colors))
      return exitCodes.userError
    }
    terminal.writeError(await reportInternalError(error, words, context))
    return exitCodes.internalError
  }
}

async function dispatch(words: readonly string[], context: CommandContext): Promise<number> {
  const { terminal } = context
  const found = findCommand(words[0] === 'help' ? words.slice(1) : words)
  if (!found) return withoutCommand(words, context)
  const command = await found.entry.load()
  const end = found.rest.indexOf('--')
  const isHelp = (end < 0 ? found.rest : found.rest.slice(0, end)).some(isHelpWord)
  if (words[0] === 'help' || isHelp) {
    terminal.write(commandHelp(command, terminal.colors))
    return exitCodes.ok
  }
  const isFunc = context.environment.ALOFT_CALLED_AS === 'func'
  const input = parseArguments(command.options, found.rest, isFunc ? 'skip' : 'refuse')
  // `func` knows no unknown options: scripts of its older versions still say `func start --javascript`.
  for (const option of input.skipped)
    terminal.writeError(
      `${terminal.colors.yellow('warning:')} the option '${option}' is unknown and has no effect\n`,
    )
  if (input.operands.length > command.maxOperands)
    throw new UserError(`Unexpected argument '${input.operands[command.maxOperands]}'`, {
      hint: `Usage: aloft ${command.usage}`,
    })
  return command.run(input, context)
}

function withoutCommand(words: readonly string[], { terminal, environment }: CommandContext): number {
  const [first] = words
  if (first === undefined || first === 'help' || isHelpWord(first)) {
    const unknown = first === 'help' && words[1] !== undefined && !isHelpWord(words[1]) ? words[1] : undefined
    if (unknown !== undefined) throw foreignWord(words.slice(1)) ?? unknownCommand(unknown)
    terminal.write(overviewHelp(terminal.colors))
    return first === undefined ? exitCodes.userError : exitCodes.ok
  }
  if (['--version', '-v', 'version'].includes(first)) {
    // Editors look for a version of Core Tools that they know.
    terminal.write(`${environment.ALOFT_CALLED_AS === 'func' ? coreToolsVersion : version}\n`)
    return exitCodes.ok
  }
  if (first.startsWith('-'))
    throw new UserError(`Unknown option '${first}'`, {
      hint: `Options follow a command: aloft start ${first}`,
    })
  throw foreignWord(words) ?? unknownCommand(first)
}

function unknownCommand(word: string): UserError {
  const near = closest(word, [...commands.map(({ name }) => name)])
  return new UserError(`Unknown command '${word}'`, {
    hint: near ? `Did you mean 'aloft ${near}'?` : `'aloft --help' lists the commands.`,
  })
}

function isHelpWord(word: string): boolean {
  return word === '--help' || word === '-h' || word === '-?'
}
