/** Questions to a person at a terminal. */
import { UserError } from '@aloft/kernel'
import type { Terminal } from './terminal.ts'

/** Lets the user pick one of `choices`, by number or name; an empty answer takes the first. */
export async function choose(terminal: Terminal, title: string, choices: readonly string[]): Promise<string> {
  const rows = choices.map((choice, index) => `  ${index + 1}. ${choice}\n`).join('')
  terminal.write(`${title}:\n${rows}`)
  for (;;) {
    const answer = await askOrCancel(terminal, `Choose [1-${choices.length}, default 1]: `)
    const picked = answer === '' ? choices[0] : (choices[Number(answer) - 1] ?? byName(choices, answer))
    if (picked !== undefined) return picked
  }
}

/** A line of text; an empty answer takes `fallback`. */
export async function askText(terminal: Terminal, question: string, fallback: string): Promise<string> {
  const answer = await askOrCancel(terminal, `${question}: [${fallback}] `)
  return answer === '' ? fallback : answer
}

async function askOrCancel(terminal: Terminal, question: string): Promise<string> {
  const answer = await terminal.ask(question)
  if (answer === undefined) throw new UserError('Cancelled')
  return answer.trim()
}

function byName(choices: readonly string[], answer: string): string | undefined {
  return choices.find((choice) => choice.toLowerCase() === answer.toLowerCase())
}
