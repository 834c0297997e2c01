/** Questions to a person at a terminal. */
import { UserError } from '@aloft/kernel'
import { renderUserError } from './report-error.ts'
import type { Terminal } from './terminal.ts'

/**
 * Lets the user pick one of `choices`, by number, name or a part of it; an empty answer takes the first.
 * @param noteOf what is shown behind a choice
 */
export async function choose(
  terminal: Terminal,
  title: string,
  choices: readonly string[],
  noteOf: (choice: string) => string = () => '',
): Promise<string> {
  const rows = choices.map((choice, index) => `  ${index + 1}. ${choice}${noteOf(choice)}\n`).join('')
  terminal.write(`${title}:\n${rows}`)
  for (;;) {
    const answer = await askOrCancel(terminal, `Choose [1-${choices.length}, default 1]: `)
    const picked = answer === '' ? choices[0] : (choices[Number(answer) - 1] ?? byName(choices, answer))
    if (picked !== undefined) return picked
    const fitting = containing(choices, answer)
    terminal.write(
      fitting.length > 1 ? `'${answer}' may be ${fitting.join(', ')}.\n` : `'${answer}' is none of them.\n`,
    )
  }
}

/**
 * A line of text; an empty answer takes `fallback`.
 * @param check throws a UserError for an answer that will not do; then it is asked again
 */
export async function askText(
  terminal: Terminal,
  question: string,
  fallback: string,
  check: (answer: string) => void,
): Promise<string> {
  for (;;) {
    const answer = (await askOrCancel(terminal, `${question}: [${fallback}] `)) || fallback
    try {
      check(answer)
      return answer
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      terminal.write(renderUserError(error, terminal.colors))
    }
  }
}

async function askOrCancel(terminal: Terminal, question: string): Promise<string> {
  const answer = await terminal.ask(question)
  if (answer === undefined) throw new UserError('Cancelled')
  return answer.trim()
}

/** Whole, or as the part of one alone. */
function byName(choices: readonly string[], answer: string): string | undefined {
  const whole = choices.find((choice) => choice.toLowerCase() === answer.toLowerCase())
  const [part, another] = containing(choices, answer)
  return whole ?? (another === undefined ? part : undefined)
}

function containing(choices: readonly string[], answer: string): readonly string[] {
  return choices.filter((choice) => choice.toLowerCase().includes(answer.toLowerCase()))
}
