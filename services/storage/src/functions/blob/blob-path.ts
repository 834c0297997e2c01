/**
 * Paths of blob bindings: `container/name`, for triggers with captures such as `{name}.{ext}` (Azure documentation,
 * "Azure Blob storage trigger for Azure Functions").
 */
import { type BindingDefinition, UserError } from '@aloft/kernel'
import { checkContainerName } from '../../blob/index.ts'
import { requiredText } from '../binding-option.ts'

export interface BlobPath {
  readonly container: string
  /** '' = the container. */
  readonly blob: string
}

/** Which blobs a trigger is for. */
export interface BlobPattern {
  readonly container: string
  /** What the name captures, by capture; undefined when it does not match. */
  match(blob: string): Readonly<Record<string, string>> | undefined
  /** Text with which every matching name begins. */
  readonly prefix: string
}

/** The path of an input or output, its expressions resolved. @throws UserError that names the option */
export function blobPathOf(binding: BindingDefinition): BlobPath {
  const path = requiredText(binding, 'path')
  const slash = path.indexOf('/')
  const container = slash < 0 ? path : path.slice(0, slash)
  const blob = slash < 0 ? '' : path.slice(slash + 1)
  checkName(binding, container)
  if (slash >= 0 && blob === '') throw wrong(binding, path, 'has no name behind the container')
  return { container, blob }
}

/** @throws UserError that names the option */
export function blobPatternOf(binding: BindingDefinition): BlobPattern {
  const path = requiredText(binding, 'path')
  const slash = path.indexOf('/')
  const container = slash < 0 ? path : path.slice(0, slash)
  if (container.includes('{')) throw wrong(binding, path, 'must name the container without an expression')
  checkName(binding, container)
  if (slash < 0) return { container, prefix: '', match: () => ({}) }
  const template = path.slice(slash + 1)
  if (template === '') throw wrong(binding, path, 'has no name behind the container')
  const { source, names, prefix } = compile(binding, path, template)
  const pattern = new RegExp(`^${source}$`, 's')
  return {
    container,
    prefix,
    match(blob) {
      const found = pattern.exec(blob)
      if (!found) return undefined
      return Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']))
    },
  }
}

const token = /\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g

/** Captures are greedy and go across `/`, as in the official extension. `{{` and `}}` are braces. */
function compile(binding: BindingDefinition, path: string, template: string) {
  const names: string[] = []
  let source = ''
  let prefix = ''
  for (const [text, name] of template.matchAll(token)) {
    if (name !== undefined) {
      if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw wrong(binding, path, `'{${name}}' is no name`)
      if (names.includes(name)) throw wrong(binding, path, `has '{${name}}' twice`)
      names.push(name)
      source += '(.+)'
      continue
    }
    if (text === '{' || text === '}') throw wrong(binding, path, `has a '${text}' without its counterpart`)
    const literal = text === '{{' || text === '}}' ? text[0]! : text
    source += literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    if (names.length === 0) prefix += literal
  }
  return { source, names, prefix }
}

function checkName(binding: BindingDefinition, container: string): void {
  // A name with expressions is known when the function runs.
  if (container.includes('{')) return
  try {
    checkContainerName(container)
  } catch {
    throw new UserError(
      `'${container}' ('path' of the binding '${binding.name}') cannot be the name of a container.`,
      {
        hint: 'It has 3 to 63 lower-case letters, digits and single hyphens, and begins and ends with a letter or digit.',
      },
    )
  }
}

function wrong(binding: BindingDefinition, path: string, what: string): UserError {
  return new UserError(`'${path}' ('path' of the binding '${binding.name}') ${what}.`, {
    hint: 'A path is container/name, e.g. photos/{name}.jpg.',
  })
}
