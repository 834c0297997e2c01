import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { functionTemplates } from '../src/projects/function-templates.ts'
import { linkPackages, packages } from './installed-packages.ts'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const templates = await functionTemplates()

/** A new TypeScript app with every template, and the packages that it asks for. */
async function typeScriptApp(context: TestContext, model: 'v3' | 'v4'): Promise<string> {
  const directory = await temporaryDirectory(context)
  await cli(['init', '--language', 'typescript', '--model', model, '--skip-npm-install'], { directory })
  for (const { id, models } of templates) {
    if (!models.includes(model)) continue
    const { errors } = await cli(['new', '--template', id, '--name', `my-${id}`], { directory })
    assert.equal(errors, '')
  }
  await linkPackages(directory, model)
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
  const directory = await typeScriptApp(t, 'v4')
  await writeFile(join(directory, 'src/greeting.ts'), `export const greeting: string = 'hi'\n`)
  await writeFile(
    join(directory, 'src/functions/uses.ts'),
    `import { greeting } from '../greeting.ts'\nconsole.log(greeting)\n`,
  )
  await build(directory)
  await access(join(directory, 'dist/src/functions/my-http-trigger.js'))
  await access(join(directory, 'dist/src/functions/my-sql-trigger.js'))
})

test('a new app of model v3 builds to what its function.json names', async (t) => {
  const directory = await typeScriptApp(t, 'v3')
  await build(directory)
  await access(join(directory, 'dist/my-http-trigger/index.js'))
  await access(join(directory, 'dist/my-sql-trigger/index.js'))
})
