/** What a worker does while it waits for an app: load what nearly every app needs. */
import { loadDefaultModel } from './programming-model.ts'

/** Built-in modules that `@azure/functions` and SDK clients load; in the order of their cost. */
const builtIns = [
  'node:https',
  'node:http',
  'node:crypto',
  'node:zlib',
  'node:stream/web',
  'node:fs/promises',
]

/** Nothing of a user's folder is touched: what is loaded here stays in the process of whoever gets it. */
export async function warmUp(): Promise<void> {
  loadDefaultModel()
  await import('tinyglobby')
  for (const name of builtIns) await import(name)
  // The first use of these globals loads undici.
  void [globalThis.fetch, globalThis.FormData, globalThis.Request, globalThis.Response]
}
