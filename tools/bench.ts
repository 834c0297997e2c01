/** `./aloft bench NAME`: runs bench/NAME.ts. Without a name: lists what there is. */
import { existsSync, globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const name = process.argv[2]
const file = `${root}/bench/${name}.ts`
if (!name || !existsSync(file)) {
  const names = globSync('bench/*.ts', { cwd: root }).map((path) => basename(path, '.ts'))
  console.log(`usage: ./aloft bench NAME\nbenchmarks: ${names.sort().join(', ')}`)
  process.exit(name ? 2 : 0)
}
process.argv.splice(2, 1)
await import(pathToFileURL(file).href)
