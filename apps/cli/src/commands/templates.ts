/** `aloft templates list`: what `aloft new` can make. */
import { UserError } from '@aloft/kernel'
import { defineCommand, exitCodes } from '../command.ts'
import { functionTemplates } from '../projects/function-templates.ts'
import { languages } from '../projects/project-kind.ts'

const languageNames = { javascript: 'JavaScript', typescript: 'TypeScript' } as const

export const templates = defineCommand({
  usage: 'templates list [options]',
  description: "Shows the templates of 'aloft new', by language.",
  options: {
    language: {
      kind: 'text',
      short: 'l',
      choices: languages,
      value: 'LANGUAGE',
      summary: 'Only those of one',
    },
    json: { kind: 'flag', summary: 'Print them as JSON' },
  },
  examples: [['aloft templates list --language typescript', 'For TypeScript apps']],
  maxOperands: 1,
  async run({ options, operands }, { terminal }) {
    const [word = 'list'] = operands
    if (word.toLowerCase() !== 'list')
      throw new UserError(`Unknown word '${word}'`, { hint: 'Usage: aloft templates list' })
    const shown = languages.filter((each) => options.language === undefined || each === options.language)
    const all = await functionTemplates()
    if (options.json) {
      const rows = all.map(({ id, name, summary, models }) => ({
        id,
        name,
        summary,
        models,
        languages: shown,
      }))
      terminal.write(`${JSON.stringify({ templates: rows }, null, 2)}\n`)
      return exitCodes.ok
    }
    for (const language of shown) {
      const names = all.map(({ name }) => `  ${name}\n`).join('')
      terminal.write(`${terminal.colors.bold(`${languageNames[language]} Templates:`)}\n${names}\n`)
    }
    return exitCodes.ok
  },
})
