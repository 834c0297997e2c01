/** `aloft doctor`: looks for what keeps an app from running here, and says how to mend it. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UserError } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { dataDirectory, dataOption } from '../data-directory.ts'
import { examine } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import type { Colors } from '../terminal.ts'

export const doctor = defineCommand({
  usage: 'doctor [DIR] [options]',
  description: [
    'Checks the machine and the app in DIR, or here: Node.js, data folder, disk, ports, configuration, entry',
    'point, library and TLS. Ends with exit code 1 when something keeps the app from running.',
  ].join('\n'),
  options: {
    data: dataOption,
    json: { kind: 'flag', summary: 'Print the findings as JSON' },
  },
  examples: [
    ['aloft doctor', 'Checks the app in this folder'],
    ['aloft doctor shop --json', 'Checks another one, for a script'],
  ],
  maxOperands: 1,
  async run({ options, operands }, context) {
    const { terminal } = context
    const appDirectory = resolve(context.directory, operands[0] ?? '.')
    const found = await stat(appDirectory).catch(() => undefined)
    if (!found) throw new UserError(`There is no folder ${appDirectory}`)
    if (!found.isDirectory())
      throw new UserError(`${appDirectory} is no folder`, {
        hint: "Examine the folder that a zip file is made of; 'aloft start' says what is wrong with the file.",
      })
    const findings = await examine(
      {
        appDirectory,
        dataDirectory: dataDirectory(options.data, appDirectory, context),
        environment: context.environment,
      },
      context.clock,
    )
    terminal.write(
      options.json ? `${JSON.stringify({ findings }, null, 2)}\n` : renderFindings(findings, terminal.colors),
    )
    return findings.some(({ level }) => level === 'fail') ? exitCodes.userError : exitCodes.ok
  },
})

/** One line a finding, the mend below it, and a last line that sums up. */
export function renderFindings(findings: readonly Finding[], colors: Colors): string {
  const marks = { ok: colors.green('ok  '), warn: colors.yellow('warn'), fail: colors.red('fail') }
  const width = Math.max(...findings.map(({ check }) => check.length)) + 2
  const lines = findings.flatMap(({ check, level, message, mend }) => {
    const line = `${marks[level]}  ${check.padEnd(width)}${message}`
    return level === 'ok' || mend === undefined
      ? [line]
      : [line, `${' '.repeat(6 + width)}${colors.cyan('→')} ${mend}`]
  })
  const failed = findings.filter(({ level }) => level === 'fail').length
  const warned = findings.filter(({ level }) => level === 'warn').length
  const summary =
    failed > 0
      ? colors.red(`${counted(failed, 'thing')} to mend before the app can run.`)
      : warned > 0
        ? colors.yellow(`The app can run; ${counted(warned, 'thing')} to look at.`)
        : colors.green('All is well.')
  return `${[...lines, '', summary].join('\n')}\n`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
