/** Where in the app's own code an error came from. */
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mapStack } from './stack-mapping.ts'

/** A frame of a stack, or the first line of a syntax error's. */
const place = /^(?: +at (?:async )?(?:.*\()?)?((?:file:\/\/|[A-Za-z]:[\\/]|\/).*?):(\d+)(?::\d+)?\)?$/

/** `src/orders.js:12`, the first line of the app's own code in the stack; undefined when there is none. */
export function placeInApp(error: Error, appDirectory: string): string | undefined {
  for (const line of mapStack(String(error.stack ?? '')).split('\n')) {
    const [, file, number] = place.exec(line) ?? []
    if (file === undefined) continue
    const path = relative(appDirectory, file.startsWith('file://') ? fileURLToPath(file) : file)
    if (!path.startsWith('..') && !path.split(sep).includes('node_modules'))
      return `${path.replaceAll(sep, '/')}:${number}`
  }
  return undefined
}
