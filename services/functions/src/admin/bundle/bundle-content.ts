/**
 * What an extension bundle tells editors and portals about itself: templates of functions, triggers and bindings with
 * their options, and the texts of those. Shapes: `StaticContent/v1` of extension bundles.
 */
import type { BindingTypes } from '../../binding-registry.ts'
import { type BindingEntry, type BindingSetting, bindingCatalogue } from './binding-catalogue.ts'

/** A template of `templates.json`. */
export interface BundleTemplate {
  readonly id: string
  /** Of the host, as templates count it. */
  readonly runtime: '2'
  /** Contents by name; `%functionName%` in either is for who uses it. */
  readonly files: Readonly<Record<string, string>>
  /** function.json. */
  readonly function: unknown
  readonly metadata: {
    readonly name: string
    readonly description: string
    readonly defaultFunctionName: string
    readonly language: 'JavaScript' | 'TypeScript'
    /** Id of the form that belongs to the trigger. */
    readonly trigger: string
    readonly triggerType: string
    readonly category: readonly string[]
    readonly categoryStyle: string
    readonly enabledInTryMode: boolean
    /** Options of the trigger that a person is asked for. */
    readonly userPrompt: readonly string[]
  }
}

/** Where `GET /admin/host/extensionBundle/v1/…` gets it from. */
export interface BundleSource {
  templates(): Promise<readonly BundleTemplate[]>
  types(): Promise<BindingTypes>
}

/** `bindings.json`, of the types that this host has. Texts are names of resources. */
export function bindingsDocument(types: BindingTypes): object {
  return {
    contentVersion: '1.0.0.0',
    variables: {},
    bindings: bindingCatalogue.filter((entry) => isServed(entry, types)).map(describeBinding),
  }
}

/** `resources.json`: the texts in English, which is all that there is. */
export function resourcesDocument(): { readonly en: Readonly<Record<string, string>> } {
  const texts = bindingCatalogue.flatMap((entry) => [
    [keyOf(entry, 'displayName'), entry.displayName],
    ...entry.settings.flatMap((setting) => [
      [keyOf(entry, setting.name, 'label'), setting.label],
      [keyOf(entry, setting.name, 'help'), setting.help],
      ...(setting.validator ? [[keyOf(entry, setting.name, 'errorText'), setting.validator.errorText]] : []),
    ]),
  ])
  return { en: Object.fromEntries(texts) }
}

/** Options of a trigger that are worth a question: those that have no default that fits every app. */
export function promptsOf(triggerType: string): readonly string[] {
  const entry = bindingCatalogue.find(
    ({ type, direction }) => type === triggerType && direction === 'trigger',
  )
  return (entry?.settings ?? [])
    .filter(({ name, required }) => required && name !== 'name')
    .map(({ name }) => name)
}

function isServed({ type, direction }: BindingEntry, { triggers, inputs, outputs }: BindingTypes): boolean {
  return { trigger: triggers, in: inputs, out: outputs }[direction].includes(type.toLowerCase())
}

function describeBinding(entry: BindingEntry): object {
  const { type, direction, documentation, settings } = entry
  return {
    type,
    displayName: `$${keyOf(entry, 'displayName')}`,
    direction,
    enabledInTryMode: true,
    documentation,
    settings: settings.map((setting) => describeSetting(entry, setting)),
  }
}

function describeSetting(
  entry: BindingEntry,
  { validator, enum: choices, ...setting }: BindingSetting,
): object {
  const key = (text: string) => `$${keyOf(entry, setting.name, text)}`
  return {
    ...setting,
    ...(choices && { enum: choices.map((value) => ({ value, display: value })) }),
    label: key('label'),
    help: key('help'),
    ...(validator && { validators: [{ expression: validator.expression, errorText: key('errorText') }] }),
  }
}

/** E.g. `queueTrigger_queueName_label`, `tableIn_take_help`. */
function keyOf({ type, direction }: BindingEntry, ...parts: readonly string[]): string {
  const suffix = { trigger: '', in: 'In', out: 'Out' }[direction]
  return [`${type}${suffix}`, ...parts].join('_')
}
