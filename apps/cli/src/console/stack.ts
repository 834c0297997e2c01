/** Stacks as the user wants them: the frames of their own code, not those of what runs it. */
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url)).replaceAll('\\', '/')
const rootUrl = pathToFileURL(root).href
const ownFolders = ['platform', 'services', 'workers', 'apps'].flatMap((folder) => [
  `${root}${folder}/`,
  `${rootUrl}${folder}/`,
])
const foreign = [...ownFolders, 'node:', '/node_modules/@azure/functions/']

/** `stack` without the frames of Aloft, of the library and of Node.js. */
export function userStack(stack: string): string {
  return stack
    .split('\n')
    .filter(
      (line) => !/^\s+at /.test(line) || !foreign.some((part) => line.replaceAll('\\', '/').includes(part)),
    )
    .join('\n')
}
