/** Shell completion, made from the tables that the parser uses. */
import type { OptionSpec, OptionSpecs } from './arguments.ts'
import { longForm } from './arguments.ts'
import { commands } from './command-table.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

interface CompletedOption {
  readonly name: string
  readonly short: string | undefined
  readonly summary: string
  /** What its value may be: words to choose from, a file, anything; undefined = it has none. */
  readonly value: 'file' | 'any' | readonly string[] | undefined
}

interface CompletedCommand {
  readonly name: string
  readonly summary: string
  /** Words that follow it. */
  readonly words: readonly string[]
  readonly options: readonly CompletedOption[]
}

/** A script for the shell; `source <(aloft completion bash)` and the like. */
export async function completionScript(shell: Shell): Promise<string> {
  const completed = await Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const { options, usage } = await load()
      return { name, summary, words: wordsOf(usage), options: completedOptions(options) }
    }),
  )
  if (shell === 'bash') return bashScript(completed)
  return shell === 'zsh' ? zshScript(completed) : fishScript(completed)
}

/** `settings list|add [NAME]` -> list, add. Words in capitals stand for something else. */
function wordsOf(usage: string): string[] {
  const second = usage.split(' ')[1]?.replace(/[[\]]/g, '') ?? ''
  return second.split('|').filter((word) => /^[a-z]+$/.test(word) && word !== 'options')
}

function completedOptions(specs: OptionSpecs): CompletedOption[] {
  const visible = Object.entries(specs).filter(([, spec]) => !spec.isIgnored)
  const own = visible.map(([name, spec]) => ({
    name: longForm(name),
    short: spec.short,
    summary: spec.summary,
    value: completedValue(spec),
  }))
  return [...own, { name: '--help', short: 'h', summary: 'Show the help', value: undefined }]
}

function completedValue({ kind, value, choices }: OptionSpec): CompletedOption['value'] {
  // A value behind `=` is rather typed than chosen.
  if (kind === 'flag' || kind === 'attached') return undefined
  if (choices) return choices
  return value === 'DIR' || value === 'FILE' ? 'file' : 'any'
}

function bashScript(completed: readonly CompletedCommand[]): string {
  const cases = completed.map(({ name, words, options }) => {
    const valueCases = options.flatMap(({ name: option, short, value }) => {
      if (value === undefined) return []
      const pattern = short === undefined ? option : `${option} | -${short}`
      return [`        ${pattern}) ${bashValue(value)}; return ;;`]
    })
    return [
      `    ${name})`,
      ...(valueCases.length > 0 ? ['      case "$previous" in', ...valueCases, '      esac'] : []),
      `      options="${options.map((option) => option.name).join(' ')}"`,
      `      words="${words.join(' ')}" ;;`,
    ].join('\n')
  })
  return `# Completion of aloft for bash: source <(aloft completion bash)
_aloft() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" options="" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${completed.map(({ name }) => name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *)
      [ "$COMP_CWORD" -eq 2 ] && COMPREPLY=($(compgen -W "$words" -- "$current"))
      COMPREPLY+=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _aloft aloft func
`
}

function bashValue(value: NonNullable<CompletedOption['value']>): string {
  if (value === 'any') return ':'
  const source = value === 'file' ? '-f' : `-W "${value.join(' ')}"`
  return `COMPREPLY=($(compgen ${source} -- "$current"))`
}

function zshScript(completed: readonly CompletedCommand[]): string {
  const list = completed.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  const cases = completed.map(({ name, words, options }) => {
    const rows = options.flatMap(({ name: option, short, summary, value }) => {
      const action = `[${summary.replace(/[[\]\\:]/g, '\\$&')}]${zshValue(value)}`
      const both = short === undefined ? [option] : [option, `-${short}`]
      return both.map((each) => `      ${quoted(`${each}${action}`)}`)
    })
    const first = words.length > 0 ? [`      ${quoted(`1:word:(${words.join(' ')})`)}`] : []
    return [`    ${name}) _arguments \\`, [...rows, ...first, "      '*:file:_files' ;;"].join(' \\\n')].join(
      '\n',
    )
  })
  return `#compdef aloft func
# Completion of aloft for zsh: source <(aloft completion zsh)
_aloft() {
  local -a commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$name" in
${cases.join('\n')}
  esac
}
compdef _aloft aloft func
`
}

function zshValue(value: CompletedOption['value']): string {
  if (value === undefined) return ''
  if (value === 'any') return ':value: '
  return value === 'file' ? ':file:_files' : `:value:(${value.join(' ')})`
}

function fishScript(completed: readonly CompletedCommand[]): string {
  const lines = completed.flatMap(({ name, summary, words, options }) => [
    `complete -c aloft -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ...words.map((word) => `complete -c aloft -n '__fish_seen_subcommand_from ${name}' -f -a ${word}`),
    ...options.map(
      (option) => `complete -c aloft -n '__fish_seen_subcommand_from ${name}' ${fishOption(option)}`,
    ),
  ])
  return `# Completion of aloft for fish: aloft completion fish | source
${lines.join('\n')}
complete -c func -w aloft
`
}

function fishOption({ name, short, summary, value }: CompletedOption): string {
  const names = `-l ${name.slice(2)}${short === undefined ? '' : ` -s ${short}`}`
  return `${names}${fishValue(value)} -d ${quoted(summary)}`
}

function fishValue(value: CompletedOption['value']): string {
  if (value === undefined) return ''
  if (value === 'any') return ' -x'
  return value === 'file' ? ' -r -F' : ` -x -a ${quoted(value.join(' '))}`
}

/** In single quotes, for all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
