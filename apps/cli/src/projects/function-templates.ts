/**
 * The templates of `aloft new`: a folder each in `templates/functions`, with a `template.json` and the files for
 * each model and language. A service adds its triggers by adding folders.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@aloft/kernel'
import { closest } from '../suggest.ts'
import { type AuthLevel, models, type ProjectKind } from './project-kind.ts'
import { type ProjectFile, renderTree, templatesDirectory } from './template-tree.ts'

export interface FunctionTemplate {
  /** The folder's name. */
  readonly id: string
  /** As `func new --template` has it. */
  readonly name: string
  readonly summary: string
  /** Those for which it has files, in both languages. */
  readonly models: readonly ProjectKind['model'][]
  readonly defaultFunctionName: string
  /** Only for templates whose trigger asks for a key. */
  readonly defaultAuthLevel: Readonly<Record<ProjectKind['model'], AuthLevel>> | undefined
  /** Packages from npm that the function imports, beside the library. */
  readonly needs: Readonly<Record<ProjectKind['model'], readonly string[]>>
  /** Without it the function is written, and the host reports it in error. */
  readonly missingService: string | undefined
}

/** All templates, ascending by name. */
export async function functionTemplates(): Promise<FunctionTemplate[]> {
  const ids = await readdir(join(templatesDirectory, 'functions'))
  const templates = await Promise.all(ids.map(readTemplate))
  return templates.sort((left, right) => (left.name < right.name ? -1 : 1))
}

async function readTemplate(id: string): Promise<FunctionTemplate> {
  const directory = join(templatesDirectory, 'functions', id)
  const entries = await readdir(directory)
  const text = await readFile(join(directory, 'template.json'), 'utf8')
  const {
    name,
    summary,
    defaultFunctionName,
    defaultAuthLevel,
    needs = { v4: [], v3: [] },
    missingService,
  } = JSON.parse(text) as Partial<FunctionTemplate> &
    Pick<FunctionTemplate, 'name' | 'summary' | 'defaultFunctionName'>
  const forms = models.filter((model) => entries.includes(`${model}-javascript`))
  return { id, name, summary, models: forms, defaultFunctionName, defaultAuthLevel, needs, missingService }
}

/**
 * Finds a template by its display name, compared without case and spaces as `func` does, or by its id, also as
 * `func` writes it: `QueueTrigger-JavaScript-4.x`.
 */
export function findTemplate(templates: readonly FunctionTemplate[], written: string): FunctionTemplate {
  const key = plain(written.replace(/-(?:Java|Type)Script(?:-\d\.x)?$/i, ''))
  const found = templates.find(({ id, name }) => plain(name) === key || plain(id) === key)
  if (found) return found
  const names = templates.map(({ name }) => name)
  const near = closest(written, names)
  throw new UserError(`There is no template "${written}"`, {
    hint: near ? `Did you mean "${near}"?` : `Templates: ${names.join(', ')}.`,
  })
}

function plain(text: string): string {
  return text.replace(/[\s-]/g, '').toLowerCase()
}

/** What to say behind its name, when its functions do not run here. */
export function noteOf({ missingService }: FunctionTemplate): string {
  return missingService === undefined ? '' : ` (needs ${missingService}, which Aloft does not have yet)`
}

/** Whether there is the template for that kind of app. The SDKs of Durable Functions leave out custom handlers. */
export function hasForm({ models, needs }: FunctionTemplate, { model, language }: ProjectKind): boolean {
  return models.includes(model) && (language !== 'custom' || needs.v4.length === 0)
}

/** The files of a new function, relative to the app's folder. */
export async function renderFunction(
  template: FunctionTemplate,
  kind: ProjectKind,
  functionName: string,
  authLevel: AuthLevel | undefined,
): Promise<ProjectFile[]> {
  const { model, language } = kind
  const form = language === 'custom' ? 'v3-javascript' : `${model}-${language}`
  const files = await renderTree(`functions/${template.id}/${form}`, {
    functionName,
    identifier: toIdentifier(functionName),
    authLevel: authLevel ?? template.defaultAuthLevel?.[model] ?? '',
  })
  const chosen = language === 'custom' ? files.filter(({ path }) => path.endsWith('/function.json')) : files
  if (hasForm(template, kind) && chosen.length > 0) return chosen
  const what = language === 'custom' ? 'form for custom handlers' : `${language} form for model ${model}`
  throw new UserError(`The template "${template.name}" has no ${what}`)
}

const functionNamePattern = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/

/** Throws unless the host would accept `name` (host `Utility.IsValidFunctionName`). */
export function checkFunctionName(name: string): void {
  if (functionNamePattern.test(name)) return
  throw new UserError(`"${name}" is not a function name`, {
    hint: 'A name starts with a letter and goes on with letters, digits, - and _; at most 128 in all.',
  })
}

const reservedWords =
  /^(break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|new|null|return|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|let|static|await|async|implements|interface|package|private|protected|public|app|df|input|output|trigger|arguments|eval)$/

/** A function's name as a JavaScript name: `send-mail` -> `sendMail`. */
export function toIdentifier(functionName: string): string {
  const camel = functionName.replace(/-+(\w)?/g, (_, letter?: string) => letter?.toUpperCase() ?? '')
  return reservedWords.test(camel) ? `${camel}Handler` : camel
}
