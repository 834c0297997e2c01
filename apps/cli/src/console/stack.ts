/** Stacks as the user wants them: the frames of their own code, not those of what runs it. */
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url)).replaceAll('\\', '/')
const rootUrl = pathToFileURL(root).href
const ownFolders = ['platform', 'services', 'workers', 'apps'].flatMap((folder) => [
  `${root}${folder}/`,
  `${rootUrl}${folder}/`,
])
const foreign = [...ownFolders, 'node:', '/node_modules/@azure/functions/']

/** Of what V8 does itself, e.g. `Array.map`: it belongs to its caller, which is the next line. */
const builtIn = /^\s+at .*\(<anonymous>\)$/

/** `stack` without the frames of Aloft, of the library and of Node.js. */
export function userStack(stack: string): string {
  const kept: string[] = []
  let isCallerKept = false
  for (const line of stack.split('\n').reverse()) {
    const isFrame = /^\s+at /.test(line)
    if (isFrame && !builtIn.test(line)) isCallerKept = !isForeign(line)
    if (!isFrame || isCallerKept) kept.push(line)
    if (!isFrame) isCallerKept = false
  }
  return kept.reverse().join('\n')
}

function isForeign(line: string): boolean {
  const path = line.replaceAll('\\', '/')
  return foreign.some((part) => path.includes(part))
}
