/** What a command is. Each lives in its own file of `commands/`, imported only when it runs. */
import type { OptionSpecs, OptionValues } from './arguments.ts'
import type { CommandContext } from './terminal.ts'

export interface Command<Specs extends OptionSpecs = OptionSpecs> {
  /** As in `aloft <usage>`, e.g. `start [DIR...] [options]`. */
  readonly usage: string
  /** A paragraph for `--help`; lines are kept as they are. */
  readonly description: string
  readonly options: Specs
  /** Whole command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, effect: string])[]
  /** How many arguments that are not options it takes. */
  readonly maxOperands: number
  /** Returns the exit code; throws a UserError for what the user can mend. */
  run(input: CommandInput<Specs>, context: CommandContext): Promise<number>
}

export interface CommandInput<Specs extends OptionSpecs> {
  readonly options: OptionValues<Specs>
  readonly operands: readonly string[]
}

/** Keeps the option names when a command is declared. */
export function defineCommand<const Specs extends OptionSpecs>(command: Command<Specs>): Command<Specs> {
  return command
}

/** 0: done; 1: something that the user can mend; 2: a fault of Aloft's own. */
export const exitCodes = { ok: 0, userError: 1, internalError: 2 } as const
