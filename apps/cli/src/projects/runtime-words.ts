/** Words for languages and worker runtimes, as `func` knows them (core tools `WorkerRuntimeLanguageHelper`). */
import { UserError } from '@aloft/kernel'
import type { ProjectKind } from './project-kind.ts'

/** Languages of Azure Functions for which Aloft makes no apps, and what can be done instead. */
const foreign = {
  Python: 'A Python program runs as a custom handler: --worker-runtime custom, and docs/custom-handlers.md.',
  PowerShell: 'A script that answers HTTP runs as a custom handler: --worker-runtime custom.',
  Java: 'A program that answers HTTP runs as a custom handler: --worker-runtime custom. For Azure, Maven makes Java apps.',
  Go: 'A Go program runs as a custom handler: --worker-runtime custom.',
  '.NET': 'A program that answers HTTP runs as a custom handler: --worker-runtime custom.',
} as const

type ForeignLanguage = keyof typeof foreign

/** `node` says nothing about the language. */
const languageByWord: Readonly<Record<string, ProjectKind['language'] | 'node' | ForeignLanguage>> = {
  node: 'node',
  javascript: 'javascript',
  js: 'javascript',
  typescript: 'typescript',
  ts: 'typescript',
  custom: 'custom',
  python: 'Python',
  py: 'Python',
  powershell: 'PowerShell',
  pwsh: 'PowerShell',
  java: 'Java',
  go: 'Go',
  golang: 'Go',
  dotnet: '.NET',
  dotnetisolated: '.NET',
  csharp: '.NET',
  csharpisolated: '.NET',
  'c#': '.NET',
  'c#isolated': '.NET',
  fsharp: '.NET',
  fsharpisolated: '.NET',
  'f#': '.NET',
  'f#isolated': '.NET',
}

/** The words that `func init` takes before the folder. */
const runtimeSubcommands = new Set(['node', 'python', 'powershell', 'dotnet', 'go'])

export function isRuntimeSubcommand(word: string | undefined): boolean {
  return word !== undefined && runtimeSubcommands.has(word.toLowerCase())
}

/**
 * The language that `--language`, or else `--worker-runtime`, asks for; undefined when they leave it open.
 * @throws UserError for a language of which Aloft makes no apps
 */
export function resolveLanguage(
  runtime: string | undefined,
  language: string | undefined,
): ProjectKind['language'] | undefined {
  const ofRuntime = runtime === undefined ? undefined : languageOf(runtime)
  const ofLanguage = language === undefined ? undefined : languageOf(language)
  if (ofRuntime === 'custom' && ofLanguage !== undefined) return 'custom'
  const found = ofLanguage ?? ofRuntime
  return found === 'node' ? undefined : found
}

function languageOf(word: string): ProjectKind['language'] | 'node' {
  const key = word.toLowerCase().replaceAll('-', '')
  const found = Object.hasOwn(languageByWord, key) ? languageByWord[key] : undefined
  if (found === undefined)
    throw new UserError(`'${word}' is no language of Azure Functions`, {
      hint: 'Use --worker-runtime node with --language javascript or typescript, or --worker-runtime custom.',
    })
  if (isForeign(found))
    throw new UserError(`Aloft does not run ${found} apps yet`, {
      hint: `--worker-runtime node makes an app in JavaScript or TypeScript. ${foreign[found]}`,
    })
  return found
}

function isForeign(
  language: ProjectKind['language'] | 'node' | ForeignLanguage,
): language is ForeignLanguage {
  return Object.hasOwn(foreign, language)
}
