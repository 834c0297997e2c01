/** The text of `--help`, made from the tables that the parser uses. */
import type { OptionSpec, OptionSpecs } from './arguments.ts'
import { longForm } from './arguments.ts'
import type { Command } from './command.ts'
import { commands } from './command-table.ts'
import type { Colors } from './terminal.ts'

/** Help for the whole program. */
export function overviewHelp(colors: Colors): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const)
  return [
    'Aloft runs Azure serverless applications on your own machine.',
    '',
    `${colors.bold('Usage:')} aloft <command> [options]`,
    '',
    colors.bold('Commands:'),
    ...columns(rows, colors),
    '',
    colors.bold('Options:'),
    ...columns(
      [
        ['-h, --help', 'Show this help, or that of a command'],
        ['-v, --version', 'Show the version'],
      ],
      colors,
    ),
    '',
    `'aloft <command> --help' tells more about a command. The words and options of 'func' work, too.`,
    '',
  ].join('\n')
}

/** Help for one command. */
export function commandHelp(
  command: Pick<Command, 'usage' | 'description' | 'options' | 'examples'>,
  colors: Colors,
): string {
  const sections = [`${colors.bold('Usage:')} aloft ${command.usage}`, '', command.description]
  const rows = optionRows(command.options)
  sections.push('', colors.bold('Options:'), ...columns(rows, colors))
  if (command.examples.length > 0)
    sections.push('', colors.bold('Examples:'), ...columns(command.examples, colors))
  return `${sections.join('\n')}\n`
}

function optionRows(options: OptionSpecs): (readonly [string, string])[] {
  const visible = Object.entries(options).filter(([, spec]) => !spec.isIgnored)
  return [
    ...visible.map(([name, spec]) => [optionForm(name, spec), optionSummary(spec)] as const),
    ['-h, --help', 'Show this help'] as const,
  ]
}

function optionForm(name: string, spec: OptionSpec): string {
  return `${spec.short ? `-${spec.short}, ` : '    '}${longForm(name)}${valueForm(spec)}`
}

function valueForm({ kind, value = 'VALUE' }: OptionSpec): string {
  if (kind === 'flag') return ''
  return kind === 'attached' ? `[=${value}]` : ` ${value}`
}

/** With the values that it may have, unless it names them itself. */
function optionSummary({ summary, choices = [] }: OptionSpec): string {
  return choices.every((choice) => summary.includes(choice)) ? summary : `${summary} (${choices.join(', ')})`
}

function columns(rows: readonly (readonly [string, string])[], colors: Colors): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return rows.map(([left, right]) => `  ${colors.cyan(left.padEnd(width))}${right}`)
}
