/**
 * `.funcignore`: which files do not go into a package. Lines are those of a .gitignore, the last that fits decides;
 * but a line that names no folder stays out of `node_modules`, where a folder called `test` may be a package's own.
 */

interface Rule {
  readonly pattern: RegExp
  readonly isNegated: boolean
  readonly onlyDirectories: boolean
  /** It names a place, so it is meant wherever that is. */
  readonly hasPlace: boolean
}

/** Says of paths (relative to the app, with `/`) whether they are left out. */
export class IgnoreRules {
  readonly #rules: readonly Rule[]

  constructor(text: string) {
    this.#rules = text.split(/\r?\n/).flatMap(parseLine)
  }

  ignores(path: string, kind: 'file' | 'directory'): boolean {
    const isDependency = /(^|\/)node_modules\//.test(path)
    const last = this.#rules.findLast(
      ({ pattern, onlyDirectories, hasPlace }) =>
        (kind === 'directory' || !onlyDirectories) && (hasPlace || !isDependency) && pattern.test(path),
    )
    return last !== undefined && !last.isNegated
  }
}

function parseLine(line: string): Rule[] {
  const text = line.replace(/(?<!\\)\s+$/, '')
  if (text === '' || text.startsWith('#')) return []
  const isNegated = text.startsWith('!')
  const body = isNegated ? text.slice(1) : text
  const onlyDirectories = body.endsWith('/')
  const path = body.replace(/\/$/, '')
  const hasPlace = path.includes('/')
  const source = toRegExp(path.replace(/^\//, ''))
  if (source === undefined) return []
  return [
    { pattern: new RegExp(`^${hasPlace ? '' : '(?:.*/)?'}${source}$`), isNegated, onlyDirectories, hasPlace },
  ]
}

const parts = /\\.|\*\*\/|\/\*\*$|\*+|\?|\[(?:!|\^)?\]?[^\]]*\]|./gs

/** Undefined when it cannot be understood; such a line matches nothing, as in git. */
function toRegExp(glob: string): string | undefined {
  const source = glob.replace(parts, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '/**') return '/.*'
    if (part.startsWith('*')) return '[^/]*'
    if (part === '?') return '[^/]'
    if (part.length > 2 && part.startsWith('[')) return part.replace(/^\[!/, '[^').replace(/\\/g, '\\\\')
    return escaped(part.length > 1 && part.startsWith('\\') ? part.slice(1) : part)
  })
  try {
    new RegExp(source)
    return source
  } catch {
    return undefined
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
