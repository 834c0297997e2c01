/** `./aloft check`: types, lint and format, layering. `./aloft check --fix` mends what can be mended. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const isFixing = process.argv.includes('--fix')

const steps: readonly (readonly [name: string, file: string, args: readonly string[]])[] = [
  [
    'format and lint',
    'node_modules/@biomejs/biome/bin/biome',
    ['check', ...(isFixing ? ['--write'] : []), '.'],
  ],
  ['layers', 'tools/layers.ts', []],
  ['types', 'node_modules/typescript/bin/tsc', ['--project', '.']],
]

let failed = 0
for (const [name, file, args] of steps) {
  const run = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' })
  if (run.status !== 0) {
    console.error(`check: ${name} failed`)
    failed++
  }
}
if (failed === 0) console.log('check: all good')
process.exit(failed === 0 ? 0 : 1)
