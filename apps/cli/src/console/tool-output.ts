/**
 * Lines for editors rather than people: workers print them with the prefix `azfuncjsonlog:`, and they are shown
 * without it and without a time, or go to a file. Source: azure-functions-core-tools `ColoredConsoleLogger`.
 */
import { appendFileSync } from 'node:fs'
import { type LineOutput, UserError } from '@aloft/kernel'

const prefix = 'azfuncjsonlog:'

/** Writes one line; without a line break. */
export type ToolOutput = (line: string) => void

/** @param file absolute path to append to; undefined = with all other lines. @throws UserError when it cannot be written */
export function openToolOutput(file: string | undefined, output: LineOutput): ToolOutput {
  const print: ToolOutput = (line) => output.print(`${line}\n`)
  if (file === undefined) return print
  try {
    appendFileSync(file, '')
  } catch (error) {
    throw new UserError(`The file cannot be written: ${(error as Error).message}`, { location: { file } })
  }
  return (line) => {
    try {
      // Editors wait for such lines, of which there are few: each is in the file when this returns.
      appendFileSync(file, `${line}\n`)
    } catch {
      print(line)
    }
  }
}

/** What `message` has for editors; undefined when it is for people. */
export function toolLine(message: string): string | undefined {
  return message.startsWith(prefix) ? message.slice(prefix.length) : undefined
}
