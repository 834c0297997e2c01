/** What `aloft new` writes, on the real host: every function loads, or is in error for the service that it names. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Logger, systemClock } from '@aloft/kernel'
import { openPlatform } from '../src/compose.ts'
import { functionTemplates } from '../src/projects/function-templates.ts'
import { languages, models } from '../src/projects/project-kind.ts'
import { linkPackages } from './installed-packages.ts'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const templates = await functionTemplates()

for (const model of models) {
  for (const language of languages) {
    test(`functions from all templates of model ${model} in ${language} load, unless a service is missing`, async (t) => {
      const directory = await temporaryDirectory(t)
      const kind = ['--language', language, '--model', model]
      await cli(['init', '--skip-npm-install', ...kind], { directory })
      const written = templates.filter((template) => template.models.includes(model))
      for (const { id } of written) {
        const { errors } = await cli(['new', '-t', id, '-n', nameOf(id)], { directory })
        assert.equal(errors, '')
      }
      await linkPackages(directory, model)

      const log = new Logger(systemClock, [])
      const platform = await openPlatform({
        dataDirectory: await temporaryDirectory(t),
        environment: { PATH: process.env.PATH, KafkaPassword: 'secret' },
        clock: systemClock,
        log,
        storage: { ports: { blob: 0, queue: 0, table: 0 }, address: undefined, tokens: undefined },
      })
      t.after(() => platform.close(AbortSignal.timeout(5000)))
      const app = await platform.functions.startApp({
        rootDirectory: directory,
        port: 0,
        isWatching: false,
        log,
      })
      for (const { message } of app.problems)
        assert.match(message, /^The binding type\(s\) '.*' were not found/)
      const missing = written.filter(({ missingService }) => missingService !== undefined)
      assert.deepEqual(
        app.problems.map(({ name }) => name).sort(),
        missing.map(({ id }) => nameOf(id)).sort(),
      )
    })
  }
}

function nameOf(id: string): string {
  return `my-${id}`
}
