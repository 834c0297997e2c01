/** The templates of `aloft new`, in the shape in which extension bundles have theirs. */
import { type BundleTemplate, promptsOf } from '@aloft/functions'
import { type FunctionTemplate, functionTemplates, renderFunction } from './function-templates.ts'
import { languages, type ProjectKind } from './project-kind.ts'

/** Who uses a template puts the function's name there. */
const namePlace = '%functionName%'

interface FunctionJson {
  readonly bindings: readonly { readonly type: string }[]
}

/** All whose triggers and bindings run here, a template for each model and language. Ascending by name. */
export async function bundleTemplates(): Promise<readonly BundleTemplate[]> {
  const templates = (await functionTemplates()).filter(({ missingService }) => missingService === undefined)
  const forms = templates.flatMap((template) =>
    template.models.flatMap((model) =>
      languages.map((language) => bundleTemplate(template, { model, language })),
    ),
  )
  return Promise.all(forms)
}

async function bundleTemplate(template: FunctionTemplate, kind: ProjectKind): Promise<BundleTemplate> {
  const { id, name, summary, defaultFunctionName } = template
  const config = await functionJsonOf(template, kind)
  const language = kind.language === 'typescript' ? 'TypeScript' : 'JavaScript'
  const trigger = pascalCase(id)
  const triggerType = config.bindings.find(({ type }) => type.endsWith('Trigger'))?.type ?? ''
  return {
    id: `${trigger}-${language}${kind.model === 'v4' ? '-4.x' : ''}`,
    runtime: '2',
    files: await codeOf(template, kind),
    function: config,
    metadata: {
      name,
      description: summary,
      defaultFunctionName,
      language,
      trigger,
      triggerType,
      category: [id.startsWith('durable-') ? 'Durable Functions' : 'Core'],
      categoryStyle: triggerType.replace(/Trigger$/, ''),
      enabledInTryMode: true,
      userPrompt: promptsOf(triggerType),
    },
  }
}

/** Model v4 has no function.json; editors read there what the trigger is. */
async function functionJsonOf(
  template: FunctionTemplate,
  { language, model }: ProjectKind,
): Promise<FunctionJson> {
  const authLevel = template.defaultAuthLevel?.[model]
  const files = await renderFunction(template, { model: 'v3', language }, namePlace, authLevel)
  const file = files.find(({ path }) => path.endsWith('/function.json'))
  if (!file) throw new Error(`The template ${template.id} has no function.json.`)
  return JSON.parse(file.text) as FunctionJson
}

/** Paths in the function's folder (model v3), or in that of all functions (v4). */
async function codeOf(
  template: FunctionTemplate,
  kind: ProjectKind,
): Promise<Readonly<Record<string, string>>> {
  const files = await renderFunction(template, kind, namePlace, undefined)
  const folder = kind.model === 'v4' ? /^src\/functions\// : /^[^/]+\//
  return Object.fromEntries(
    files
      .filter(({ path }) => !path.endsWith('/function.json'))
      .map(({ path, text }) => [path.replace(folder, ''), text]),
  )
}

function pascalCase(id: string): string {
  return id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
