import { UserError } from '@aloft/kernel'
import { closest } from './suggest.ts'

/**
 * The error for a word that a command does not have, with the one that was meant or all that there are.
 * @param command as it is typed, e.g. `storage accounts`
 * @param question what to say when there is no word at all
 */
export function unknownWord(
  command: string,
  word: string,
  known: readonly string[],
  question: string,
): UserError {
  const near = word === '' ? undefined : closest(word, known)
  return new UserError(word === '' ? question : `Unknown word '${word}'`, {
    hint: near ? `Did you mean 'aloft ${command} ${near}'?` : `Words: ${known.join(', ')}.`,
  })
}
