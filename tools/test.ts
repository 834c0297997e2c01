/**
 * `./aloft test [PATH ...]`: runs the tests below the given folders or files (default: all) with Node's own
 * runner, one process a file, and ends in a line that counts them.
 */
import { globSync, statSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const suites = ['platform', 'services', 'workers', 'apps', 'samples', 'bench', 'tools']
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
process.chdir(root)
const files = [...new Set((wanted.length > 0 ? wanted : suites).flatMap(testFiles))].sort()
if (files.length === 0) {
  console.error(`aloft test: no tests in ${wanted.join(' ')}`)
  process.exit(2)
}

let passed = 0
let failed = 0
let skipped = 0
const stream = run({
  files,
  concurrency: 3,
  // A hanging file must not take the whole run with it.
  timeout: 120_000,
  execArgv: ['--disable-warning=ExperimentalWarning'],
})
stream.on('test:summary', (summary) => {
  if (summary.file !== undefined) return
  passed = summary.counts.passed
  skipped = summary.counts.skipped
  failed = summary.counts.tests - passed - skipped - summary.counts.todo
})
stream.on('end', () => {
  // After the reporter's own last lines.
  setImmediate(() => {
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
    process.exit(failed > 0 || passed === 0 ? 1 : 0)
  })
})
stream.compose(spec).pipe(process.stdout)

function testFiles(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return [path]
  return globSync(`${path}/**/*.test.ts`, {
    exclude: (name) => name.includes('node_modules') || name.includes('fixtures'),
  })
}
