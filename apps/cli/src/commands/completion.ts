/** `aloft completion`: a script with which a shell completes the words and options of `aloft`. */
import { UserError } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { completionScript, shells } from '../completion.ts'
import { closest } from '../suggest.ts'

export const completion = defineCommand({
  usage: 'completion bash|zsh|fish',
  description: 'Prints a script with which the shell completes commands, options and their values.',
  options: {},
  examples: [
    [
      "echo 'source <(aloft completion bash)' >> ~/.bashrc",
      'For bash; zsh alike, in ~/.zshrc after compinit',
    ],
    ['aloft completion fish > ~/.config/fish/completions/aloft.fish', 'For fish'],
  ],
  maxOperands: 1,
  async run({ operands }, { terminal }) {
    const [given = ''] = operands
    const shell = shells.find((each) => each === given.toLowerCase())
    if (!shell) {
      const near = given === '' ? undefined : closest(given, shells)
      throw new UserError(given === '' ? 'For which shell?' : `There is no completion for '${given}'`, {
        hint: near ? `Did you mean '${near}'?` : `Shells: ${shells.join(', ')}.`,
      })
    }
    terminal.write(await completionScript(shell))
    return exitCodes.ok
  },
})
