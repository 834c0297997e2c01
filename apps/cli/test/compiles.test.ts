import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url))

const plain = ['HTTP trigger', 'Timer trigger', 'Azure Queue Storage trigger', 'Azure Blob Storage trigger']
const templates = { v3: plain, v4: [...plain, 'Durable Functions orchestrator'] }

/** A new TypeScript app with every template, and the packages that it asks for. */
async function typeScriptApp(context: TestContext, model: 'v3' | 'v4', library: string): Promise<string> {
  const directory = await temporaryDirectory(context)
  await cli(['init', '--language', 'typescript', '--model', model, '--skip-npm-install'], { directory })
  for (const [index, template] of templates[model].entries()) {
    const { errors } = await cli(['new', '--template', template, '--name', `function-${index}`], {
      directory,
    })
    assert.equal(errors, '')
  }
  await mkdir(join(directory, 'node_modules/@azure'), { recursive: true })
  await symlink(join(packages, library), join(directory, 'node_modules/@azure/functions'))
  for (const each of ['@types', 'undici-types', 'iconv-lite', 'uuid', 'long', 'durable-functions'])
    await symlink(join(packages, each), join(directory, 'node_modules', each)).catch(() => {})
  return directory
}

async function build(directory: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(packages, 'typescript/bin/tsc')], { cwd: directory })
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout)
  }
}

test('a new app of model v4 builds to what its "main" names', async (t) => {
  const directory = await typeScriptApp(t, 'v4', '@azure/functions')
  await writeFile(join(directory, 'src/greeting.ts'), `export const greeting: string = 'hi'\n`)
  await writeFile(
    join(directory, 'src/functions/uses.ts'),
    `import { greeting } from '../greeting.ts'\nconsole.log(greeting)\n`,
  )
  await build(directory)
  await access(join(directory, 'dist/src/functions/function-0.js'))
  await access(join(directory, 'dist/src/functions/function-4.js'))
})

test('a new app of model v3 builds to what its function.json names', async (t) => {
  const directory = await typeScriptApp(t, 'v3', 'azure-functions-v3')
  await build(directory)
  await access(join(directory, 'dist/function-0/index.js'))
  await access(join(directory, 'dist/function-3/index.js'))
})
