/** `aloft templates list`: what `aloft new` can make. */
import { defineCommand, exitCodes } from '../command.ts'
import { type FunctionTemplate, functionTemplates, hasForm, noteOf } from '../projects/function-templates.ts'
import { models, type ProjectKind, projectLanguages } from '../projects/project-kind.ts'
import { unknownWord } from '../unknown-word.ts'

const languageNames = { javascript: 'JavaScript', typescript: 'TypeScript', custom: 'Custom' } as const

export const templates = defineCommand({
  usage: 'templates list [options]',
  description: "Shows the templates of 'aloft new', by language.",
  options: {
    language: {
      kind: 'text',
      short: 'l',
      choices: projectLanguages,
      value: 'LANGUAGE',
      summary: 'Only those of one',
    },
    json: { kind: 'flag', summary: 'Print them as JSON' },
  },
  examples: [['aloft templates list --language typescript', 'For TypeScript apps']],
  maxOperands: 1,
  async run({ options, operands }, { terminal }) {
    const [word = 'list'] = operands
    if (word.toLowerCase() !== 'list') throw unknownWord('templates', word, ['list'], '')
    const shown = projectLanguages.filter(
      (each) => options.language === undefined || each === options.language,
    )
    const all = await functionTemplates()
    if (options.json) {
      const rows = all.map((template) => ({
        id: template.id,
        name: template.name,
        summary: template.summary,
        models: template.models,
        languages: shown.filter((language) => isThere(template, language)),
        missingService: template.missingService ?? null,
      }))
      terminal.write(`${JSON.stringify({ templates: rows }, null, 2)}\n`)
      return exitCodes.ok
    }
    for (const language of shown) {
      const fitting = all.filter((each) => isThere(each, language))
      const names = fitting.map((each) => `  ${each.name}${noteOf(each)}\n`)
      terminal.write(`${terminal.colors.bold(`${languageNames[language]} Templates:`)}\n${names.join('')}\n`)
    }
    return exitCodes.ok
  },
})

function isThere(template: FunctionTemplate, language: ProjectKind['language']): boolean {
  return language === 'custom'
    ? hasForm(template, { language, model: 'v3' })
    : models.some((model) => hasForm(template, { language, model }))
}
