/** What an error of the app's own code says, and where that came from. */
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mapStack } from './stack-mapping.ts'

/** A frame of a stack, or the first line of a syntax error's. */
const place = /^(?: +at (?:async )?(?:.*\()?)?((?:file:\/\/|[A-Za-z]:[\\/]|\/).*?):(\d+)(?::\d+)?\)?$/

/** The stack of a missing module is in its message as well; the place says it shorter. */
export function messageOf(error: Error): string {
  return error.message.replace(/\nRequire stack:[\s\S]*$/, '')
}

/** ` (src/orders.js:12)`, the first line of the app's own code in the stack; '' when there is none. */
export function placeInApp(error: Error, appDirectory: string): string {
  for (const line of mapStack(String(error.stack ?? '')).split('\n')) {
    const [, file, number] = place.exec(line) ?? []
    if (file === undefined) continue
    const path = relative(appDirectory, file.startsWith('file://') ? fileURLToPath(file) : file)
    if (!path.startsWith('..') && !path.split(sep).includes('node_modules'))
      return ` (${path.replaceAll(sep, '/')}:${number})`
  }
  return ''
}
