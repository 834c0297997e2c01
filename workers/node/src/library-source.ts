/**
 * `@azure/functions` is published as code for very old engines: private fields are WeakMaps and async functions
 * are generators driven by a helper, which together cost more than all else in an invocation. The compiler's
 * patterns are turned back, in memory, into what they were made from; and the library's `Request`, `Response` and
 * `Headers` become stand-ins that do without the platform's until it is needed (`./aloft bench worker`). Nothing
 * that an app can observe changes, and line numbers stay. One fault of it is mended: see `answerPieces`.
 */
import Module from 'node:module'
import { answerPiecesModule } from './answer-pieces.ts'
import { isDurableSource, transformDurable } from './durable-source.ts'
import { lightWebModule } from './web/index.ts'

export interface LibraryTransforms {
  readonly relevel: boolean
  readonly lightWeb: boolean
}

/** A file of the library: the bundle of v3 and v4, in whatever folder. */
const libraryFile = /[\\/]dist[\\/]azure-functions\.js$/

interface CompilingModule {
  _compile(content: string, filename: string, ...rest: unknown[]): unknown
}

/**
 * From now on every copy of the library is loaded transformed; one that would not compile is left as it is. A
 * `bundle` holds the app's own code as well and is only relevelled.
 */
export function installLibraryTransforms(
  transforms: LibraryTransforms,
  isBundle: (filename: string) => boolean,
): void {
  const prototype = Module.prototype as unknown as CompilingModule
  const compile = prototype._compile
  prototype._compile = function (content, filename, ...rest) {
    const isLibrary = libraryFile.test(filename)
    const isBundled = !isLibrary && isBundle(filename)
    const isFunctions = (isLibrary || isBundled) && content.includes('@azure/functions-core')
    const isDurable = isDurableSource(filename) || (isBundled && content.includes('markAsScheduled('))
    if (!isFunctions && !isDurable) return compile.call(this, content, filename, ...rest)
    const lightWeb = transforms.lightWeb && isLibrary
    const source = isDurable ? transformDurable(content) : content
    try {
      const transformed = isFunctions ? transform(source, { ...transforms, lightWeb }) : source
      return compile.call(this, transformed, filename, ...rest)
    } catch (error) {
      // Thrown by the compiler, not by running code: nothing of the file has run.
      if (!(error instanceof SyntaxError && error.stack?.startsWith(`${filename}:`))) throw error
      return compile.call(this, content, filename, ...rest)
    }
  }
}

/** The library's file as it is loaded. */
export function transform(source: string, { relevel: isRelevelling, lightWeb }: LibraryTransforms): string {
  const paced = withPacedAnswers(source)
  const relevelled = isRelevelling ? relevel(paced) : paced
  return lightWeb ? withLightWeb(relevelled) : relevelled
}

/** Has the library send streamed answers as `answerPieces` says. */
export function withPacedAnswers(source: string): string {
  if (!source.includes('proxyRes.write(chunk)')) return source
  return source.replace(
    '(userRes.body.values())',
    `(require('${answerPiecesModule}').answerPieces(userRes.body, proxyRes))`,
  )
}

/** Shadows the globals in the library's file, unless it does more with them than make objects. */
export function withLightWeb(source: string): string {
  const isElse = /\b(?:class|instanceof|typeof|extends) (?:Request|Response|Headers)\b/.test(source)
  if (isElse || !/[^.]\bnew Re(?:quest|sponse)\(/.test(source)) return source
  return `const { Request, Response, Headers } = require('${lightWebModule}'); ${source}`
}

/** Patterns that differ from what the TypeScript compiler, webpack and esbuild write are left alone. */
export function relevel(source: string): string {
  return relevelAwaiters(relevelSpreads(relevelPrivateFields(source)))
}

function relevelSpreads(source: string): string {
  return source.replace(
    /\bObject\.assign\(Object\.assign\(\{\}, (\w+)\), \{ ([^{}]*) \}\)/g,
    (whole, spread: string, members: string) =>
      members.includes('__proto__') ? whole : `({ ...${spread}, ${members} })`,
  )
}

const weakCollection = String.raw`\b_\w+ = (?:/\* @__PURE__ \*/ )?new Weak(?:Map|Set)\(\)`

function relevelPrivateFields(source: string): string {
  const used = namesIn(source, /\b__classPrivateField[GS]et\d*\(\w+, (_\w+), /g)
  const maps = namesIn(source, /\b(_\w+) = (?:\/\* @__PURE__ \*\/ )?new WeakMap\(\)/g)
  return (
    source
      // The compiler has all fields of a class in one statement.
      .replace(new RegExp(`${weakCollection}(?:, ${weakCollection})*`, 'g'), (whole) => {
        const names = [...namesIn(whole, /\b(_\w+) =/g)]
        return names.every((name) => used.has(name)) ? privateFields(names) : whole
      })
      .replace(/\b__classPrivateFieldGet\d*\((\w+), (_\w+), "f"\)/g, '$2.get($1)')
      // Setters of accessors go through the set of instances and stay with the helper.
      .replace(/\b__classPrivateFieldSet\d*\((\w+), (_\w+), /g, (whole, receiver: string, name: string) =>
        maps.has(name) ? `${name}.put(${receiver}, ` : whole,
      )
  )
}

/**
 * Private fields of one class, each as an object with the methods of a WeakMap; real private names carry the values.
 * An object gets all of them with the first.
 */
function privateFields(names: readonly string[]): string {
  const keys = names.map((_, index) => `#v${index}`)
  const fields = keys.map((field) =>
    [
      `{ get: (o) => o.${field}`,
      `set: (o, v) => { if (!(${field} in o)) new F(o); o.${field} = v }`,
      `put: (o, v) => o.${field} = v`,
      `add: (o) => { if (!(${field} in o)) new F(o) }`,
      `has: (o) => Object(o) === o && ${field} in o }`,
    ].join(', '),
  )
  const made = [
    'class F extends class { constructor(o) { return o } } {',
    `${keys.join('; ')}; static fields = [${fields.join(', ')}] }`,
    'for (const [i, f] of F.fields.entries()) f.next = F.fields[i + 1]; return F.fields[0]',
  ].join(' ')
  return names
    .map((name, index) => `${name} = ${index === 0 ? `(() => { ${made} })()` : `${names[index - 1]}.next`}`)
    .join(', ')
}

function namesIn(source: string, pattern: RegExp): ReadonlySet<string> {
  return new Set(Array.from(source.matchAll(pattern), ([, name]) => name as string))
}

const awaiter = /__awaiter\d*\((?:this|void 0), void 0, void 0, function\* \(\) \{(?=\r?\n)/g

function relevelAwaiters(source: string): string {
  let result = ''
  let done = 0
  for (const { index, 0: opening } of source.matchAll(awaiter)) {
    // Within one that was dealt with.
    if (index < done) continue
    const start = index + opening.length
    // The compiler closes what it opens on a line of its own, with the same indentation.
    const [indentation] = /^ */.exec(
      source.slice(source.lastIndexOf('\n', index) + 1, index),
    ) as RegExpExecArray
    const closing = `\n${indentation}})`
    const end = source.indexOf(closing, start)
    if (end < 0) continue
    const body = awaitInstead(relevelAwaiters(source.slice(start, end)))
    if (body === undefined) continue
    result += `${source.slice(done, index)}(async () => {${body}${closing}()`
    done = end + closing.length
  }
  return result + source.slice(done)
}

/** The body of a generator as that of an async function; undefined when it is not certain to mean the same. */
function awaitInstead(body: string): string | undefined {
  if (/\bfunction\*|\barguments\b|\byield\*/.test(body)) return undefined
  const yields = [...body.matchAll(/\byield\b/g)]
  // `await` binds stronger than `yield`: the operand must be one that both take whole.
  if (!yields.every(({ index }) => isUnaryOperand(body, index + 'yield'.length))) return undefined
  return body.replace(/\byield\b/g, 'await')
}

/** Whether a chain of names, calls and members stands at `start`, and after it nothing that binds to it. */
function isUnaryOperand(text: string, start: number): boolean {
  let at = start
  while (/[\s\w$.]/.test(text[at] ?? '') || text[at] === '(' || text[at] === '[') {
    if (text[at] === '(' || text[at] === '[') at = closingBracket(text, at)
    at++
  }
  return /[;,)]/.test(text[at] ?? '')
}

/** Where the bracket at `start` closes; brackets in strings count as well, which can only end in "not certain". */
function closingBracket(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if ('([{'.includes(text[at]!)) depth++
    else if (')]}'.includes(text[at]!) && --depth === 0) return at
  }
  return text.length
}
