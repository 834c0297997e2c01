import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { findTemplate, functionTemplates, toIdentifier } from '../src/projects/function-templates.ts'
import { packageName } from '../src/projects/new-project.ts'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function project(context: TestContext, ...options: string[]) {
  const directory = await temporaryDirectory(context)
  const result = await cli(['init', '.', '--skip-npm-install', ...options], { directory })
  const read = (path: string) => readFile(join(directory, path), 'utf8')
  return {
    directory,
    result,
    read,
    json: async (path: string) => JSON.parse(await read(path)) as Record<string, unknown>,
    has: (path: string) =>
      stat(join(directory, path)).then(
        () => true,
        () => false,
      ),
    new: (...words: string[]) => cli(['new', ...words], { directory }),
  }
}

test('init writes the files of a JavaScript app of model v4', async (t) => {
  const app = await project(t, '--worker-runtime', 'node', '--language', 'javascript', '--model', 'v4')
  assert.equal(app.result.exitCode, 0, app.result.errors)
  for (const file of ['host.json', 'local.settings.json', 'package.json', '.gitignore', '.funcignore'])
    assert.match(app.result.output, new RegExp(`^Writing ${file.replaceAll('.', '\\.')}$`, 'm'))
  assert.equal((await app.json('package.json')).main, 'src/functions/*.js')
  assert.deepEqual((await app.json('host.json')).extensionBundle, {
    id: 'Microsoft.Azure.Functions.ExtensionBundle',
    version: '[4.*, 5.0.0)',
  })
  assert.equal((await app.json('local.settings.json')).IsEncrypted, false)
  assert.equal(await app.has('src/functions'), true)
  assert.equal(await app.has('tsconfig.json'), false)
  assert.match(await app.read('.gitignore'), /^local\.settings\.json$/m)
})

test('init makes the folder that it is given and names the package after it', async (t) => {
  const directory = await temporaryDirectory(t)
  const result = await cli(['init', 'My Shop', '--skip-npm-install'], { directory })
  assert.equal(result.exitCode, 0, result.errors)
  const text = await readFile(join(directory, 'My Shop/package.json'), 'utf8')
  assert.equal(JSON.parse(text).name, 'my-shop')
  assert.match(result.output, /\n {2}cd My Shop\n {2}npm install\n/)
})

test('init keeps files that exist, unless --force', async (t) => {
  const app = await project(t)
  await writeFile(join(app.directory, 'host.json'), '{"version":"2.0"}')
  const again = await cli(['init', '--skip-npm-install'], { directory: app.directory })
  assert.match(again.output, /^host\.json already exists\. Skipped!$/m)
  assert.equal(await app.read('host.json'), '{"version":"2.0"}')
  await cli(['init', '--skip-npm-install', '--force'], { directory: app.directory })
  assert.ok('extensionBundle' in (await app.json('host.json')))
})

test('init asks a person for the language, and nobody else', async (t) => {
  const directory = await temporaryDirectory(t)
  const asked = await cli(['init', '--skip-npm-install'], { directory, answers: ['2'] })
  assert.match(asked.output, /1\. javascript\n {2}2\. typescript/)
  assert.ok((await stat(join(directory, 'tsconfig.json'))).isFile())
})

test('init takes func’s words for the runtime', async (t) => {
  const directory = await temporaryDirectory(t)
  const words = ['init', 'node', 'shop', '--language', 'ts', '--skip-npm-install']
  assert.equal((await cli(words, { directory })).exitCode, 0)
  assert.ok((await stat(join(directory, 'shop/tsconfig.json'))).isFile())
})

test('init says what can be done in languages that it has no project for', async () => {
  for (const words of [
    ['--worker-runtime', 'python'],
    ['python'],
    ['--language', 'C#-isolated'],
    ['--csx'],
    ['--python'],
    ['--dotnet-isolated'],
    ['--worker-runtime', 'node', '-l', 'pwsh'],
  ]) {
    const { exitCode, errors } = await cli(['init', ...words])
    assert.equal(exitCode, 1)
    assert.match(errors, /^error: Aloft does not run \S+ apps yet\nhint: .*--worker-runtime custom/)
  }
  const { errors } = await cli(['init', '--language', 'ruby'])
  assert.match(errors, /'ruby' is no language of Azure Functions/)
})

test('init takes the language as a flag', async (t) => {
  const app = await project(t, '--typescript', '--model', 'V4')
  assert.equal(await app.has('tsconfig.json'), true)
  const custom = await project(t, '--custom')
  assert.equal(await custom.has('package.json'), false)
})

test('init and new make an app for a custom handler', async (t) => {
  const app = await project(t, '--worker-runtime', 'custom', '--docker')
  assert.deepEqual((await app.json('host.json')).customHandler, {
    description: { defaultExecutablePath: 'handler', workingDirectory: '', arguments: [] },
  })
  const { Values } = (await app.json('local.settings.json')) as { Values: Record<string, string> }
  assert.equal(Values.FUNCTIONS_WORKER_RUNTIME, 'custom')
  assert.equal(await app.has('package.json'), false)
  assert.match(await app.read('Dockerfile'), /^COPY \. \/home\/site\/wwwroot$/m)
  assert.doesNotMatch(app.result.output, /npm/)
  const made = await app.new('-t', 'HTTP trigger', '-n', 'hello', '-a', 'anonymous')
  assert.equal(made.output.split('\n')[0], 'Writing hello/function.json')
  assert.equal(await app.has('hello/index.js'), false)
  const durable = await app.new('-t', 'Durable Functions activity', '-n', 'x')
  assert.match(durable.errors, /has no form for custom handlers/)
  assert.match(
    (await app.new('-t', 'HTTP trigger', '-n', 'y', '-l', 'typescript')).errors,
    /is of a custom handler, not typescript/,
  )
})

test('init sets a configuration profile', async (t) => {
  const app = await project(t, '--configuration-profile', 'mcp-custom-handler')
  assert.equal((await app.json('host.json')).configurationProfile, 'mcp-custom-handler')
  const { Values } = (await app.json('local.settings.json')) as { Values: Record<string, string> }
  assert.equal(Values.AzureWebJobsFeatureFlags, 'EnableMcpCustomHandlerPreview')
})

test('init --docker adds a Dockerfile, --docker-only nothing else', async (t) => {
  const app = await project(t, '--docker', '--language', 'typescript')
  assert.match(await app.read('Dockerfile'), /^RUN npm run build$/m)
  const directory = await temporaryDirectory(t)
  const only = await cli(['init', '--docker-only'], { directory })
  assert.equal(only.output, 'Writing .dockerignore\nWriting Dockerfile\n')
})

test('init leaves the bundle out or takes it from another channel', async (t) => {
  assert.equal((await (await project(t, '--no-bundle')).json('host.json')).extensionBundle, undefined)
  const preview = await (await project(t, '--bundles-channel', 'preview')).json('host.json')
  assert.equal(
    (preview.extensionBundle as { id: string }).id,
    'Microsoft.Azure.Functions.ExtensionBundle.Preview',
  )
})

test('new adds an HTTP function and says so in the words of func', async (t) => {
  const app = await project(t)
  const result = await app.new('--template', 'httptrigger', '--name', 'hello')
  assert.equal(result.exitCode, 0, result.errors)
  assert.equal(
    result.output,
    'Writing src/functions/hello.js\n' +
      'The function "hello" was created successfully from the "HTTP trigger" template.\n',
  )
  assert.match(await app.read('src/functions/hello.js'), /app\.http\('hello', \{/)
})

test('new sets the access level', async (t) => {
  const app = await project(t)
  await app.new('-t', 'HTTP trigger', '-n', 'secret', '-a', 'Function')
  assert.match(await app.read('src/functions/secret.js'), /authLevel: 'function'/)
  assert.equal((await app.new('-t', 'HTTP trigger', '-n', 'x', '-a', 'user')).exitCode, 1)
})

test('new writes TypeScript in a TypeScript app, with a name that the language accepts', async (t) => {
  const app = await project(t, '--language', 'typescript')
  await app.new('-t', 'Timer trigger', '-n', 'clean-up')
  const text = await app.read('src/functions/clean-up.ts')
  assert.match(text, /export async function cleanUp\(timer: Timer/)
  assert.match(text, /app\.timer\('clean-up'/)
})

test('new makes a folder with function.json in an app of model v3', async (t) => {
  const app = await project(t, '--model', 'v3')
  const result = await app.new('-t', 'HTTP trigger', '-n', 'Hello')
  assert.match(result.output, /Writing Hello\/function\.json\nWriting Hello\/index\.js\n/)
  const { bindings } = (await app.json('Hello/function.json')) as { bindings: { authLevel?: string }[] }
  assert.equal(bindings[0]?.authLevel, 'function')
  const typed = await project(t, '--model', 'v3', '--language', 'typescript')
  await typed.new('-t', 'Timer trigger', '-n', 'Tick')
  assert.equal((await typed.json('Tick/function.json')).scriptFile, '../dist/Tick/index.js')
})

test('new asks a person for the template and the name', async (t) => {
  const app = await project(t)
  const result = await cli(['new'], { directory: app.directory, answers: ['Timer trigger', ''] })
  assert.match(result.output, /The function "timerTrigger" was created successfully from the "Timer trigger"/)
})

test('new offers first what most want, and says of what does not run here what it lacks', async (t) => {
  const app = await project(t)
  const { output } = await cli(['new'], { directory: app.directory, answers: [] })
  assert.match(output, /^Template:\n {2}1\. HTTP trigger\n/)
  assert.match(output, /\d+\. Kafka trigger \(needs Kafka, which Aloft does not have yet\)\n/)
})

test('new asks again for what it does not understand', async (t) => {
  const app = await project(t)
  const answers = ['queue', 'http', 'HTTP trigger', 'hello world', 'hello']
  const { output } = await cli(['new'], { directory: app.directory, answers })
  assert.match(output, /'http' may be HTTP trigger, .*starter.*\./)
  assert.match(output, /'queue' may be Azure Queue Storage trigger, Azure Service Bus Queue trigger\./)
  assert.match(
    output,
    /error: "hello world" is not a function name\nhint: .*\nFunction name: \[httpTrigger\] /,
  )
  assert.match(output, /The function "hello" was created successfully/)
  const nothing = await cli(['new'], { directory: app.directory, answers: ['cake', 'timer', ''] })
  assert.match(nothing.output, /'cake' is none of them\.\n/)
  assert.match(nothing.output, /created successfully from the "Timer trigger"/)
})

test('new refuses what cannot work, and says how to mend it', async (t) => {
  const app = await project(t)
  await app.new('-t', 'HTTP trigger', '-n', 'hello')
  const refusals: readonly (readonly [words: string[], error: RegExp])[] = [
    [
      ['-t', 'HTTP trigger', '-n', 'hello'],
      /src\/functions\/hello\.js: The file exists already\nhint: .*--force/,
    ],
    [
      ['-t', 'HTTP triger', '-n', 'x'],
      /There is no template "HTTP triger"\nhint: {2}Did you mean "HTTP trigger"\?/,
    ],
    [
      ['-t', 'Cake', '-n', 'x'],
      /There is no template "Cake"\nhint: {2}Templates: .*, HTTP trigger, .*, Timer trigger\./,
    ],
    [['-t', 'HTTP trigger', '-n', '9lives'], /"9lives" is not a function name/],
    [['-t', 'HTTP trigger'], /--name is missing/],
    [['-n', 'x'], /--template is missing/],
  ]
  for (const [words, error] of refusals) {
    const result = await app.new(...words)
    assert.equal(result.exitCode, 1)
    assert.match(result.errors, error)
  }
})

test('new outside an app points to init', async (t) => {
  const { exitCode, errors } = await cli(['new', '-t', 'HTTP trigger', '-n', 'x'], {
    directory: await temporaryDirectory(t),
  })
  assert.equal(exitCode, 1)
  assert.match(errors, /There is no function app in .*\nhint: {2}'aloft init' makes one/)
})

test('new makes the app, too, where it is told of what kind', async (t) => {
  const directory = await temporaryDirectory(t)
  const words = ['new', '--worker-runtime', 'custom', '-t', 'Timer trigger', '-n', 'tick']
  const { exitCode, output } = await cli(words, { directory })
  assert.equal(exitCode, 0)
  assert.match(output, /^There is no function app here yet\.\n[\s\S]*Writing tick\/function\.json\n/)
})

test('new tells that an app is of a language without templates', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'host.json'), '{"version":"2.0"}')
  const settings = '{"IsEncrypted":false,"Values":{"FUNCTIONS_WORKER_RUNTIME":"powershell"}}'
  await writeFile(join(directory, 'local.settings.json'), settings)
  const { errors } = await cli(['new', '-t', 'HTTP trigger', '-n', 'x'], { directory })
  assert.match(errors, /Aloft does not run PowerShell apps yet/)
})

test('package names are what npm accepts', () => {
  fc.assert(
    fc.property(fc.string(), (folder) => assert.match(packageName(folder), /^[a-z0-9][a-z0-9._-]{0,213}$/)),
  )
})

test('every function name becomes a JavaScript name', () => {
  const names = fc.oneof(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/),
    fc.constantFrom('new', 'delete', 'app'),
  )
  fc.assert(
    fc.property(names, (name) => {
      const identifier = toIdentifier(name)
      assert.doesNotThrow(() => new Function(`'use strict'; const ${identifier} = 1`), identifier)
      assert.notEqual(identifier, 'app')
    }),
  )
})

test('new says which packages a function needs, and which forms it has', async (t) => {
  const app = await project(t)
  const made = await app.new('-t', 'durable functions orchestrator', '-n', 'order')
  assert.match(made.output, /It needs a package: npm install durable-functions\n$/)
  assert.match(await app.read('src/functions/order.js'), /df\.app\.orchestration\('order'/)
  const older = await project(t, '--model', 'v3')
  const made3 = await older.new('-t', 'Durable Functions orchestrator', '-n', 'order')
  assert.match(made3.output, /It needs a package: npm install durable-functions@2\n$/)
  const refused = await older.new('-t', 'MCP Tool trigger', '-n', 'tool')
  assert.match(refused.errors, /has no javascript form for model v3/)
})

test('new says that a function needs a service that is not there', async (t) => {
  const app = await project(t)
  const { exitCode, output } = await app.new('-t', 'Azure Cosmos DB trigger', '-n', 'changes')
  assert.equal(exitCode, 0)
  assert.match(
    output,
    /\nIt needs a service that Aloft does not have yet \(Azure Cosmos DB\): here it is reported in error\.\n$/,
  )
})

test('new has every template of func, by its name, its id and the id of func', async (t) => {
  const templates = await functionTemplates()
  assert.deepEqual(
    templates.map(({ name }) => name),
    namesOfFunc.toSorted(),
  )
  for (const written of ['EventHubTrigger-JavaScript-4.x', 'EventHubTrigger-TypeScript', 'event-hub-trigger'])
    assert.equal(findTemplate(templates, written).name, 'Azure Event Hub trigger')
  const app = await project(t)
  const { output } = await app.new('-t', 'iothubtrigger-javascript-4.x', '-n', 'devices')
  assert.match(output, /from the "IoT Hub \(Event Hub\)" template/)
})

const namesOfFunc = [
  'Authentication Event trigger',
  'Azure Blob Storage Trigger (using Event Grid)',
  'Azure Blob Storage trigger',
  'Azure Cosmos DB trigger',
  'Azure Event Grid trigger',
  'Azure Event Hub trigger',
  'Azure Queue Storage trigger',
  'Azure Service Bus Queue trigger',
  'Azure Service Bus Topic trigger',
  'Dapr Publish Output Binding',
  'Dapr Service Invocation Trigger',
  'Dapr Topic Trigger',
  'Durable Functions Entity HTTP starter',
  'Durable Functions HTTP starter',
  'Durable Functions activity',
  'Durable Functions entity',
  'Durable Functions orchestrator',
  'HTTP trigger',
  'IoT Hub (Event Hub)',
  'Kafka output',
  'Kafka trigger',
  'Kusto Input Binding',
  'Kusto Output Binding',
  'MCP Tool trigger',
  'MySql Input Binding',
  'MySql Output Binding',
  'MySql Trigger',
  'RabbitMQ trigger',
  'SQL Input Binding',
  'SQL Output Binding',
  'SQL Trigger',
  'SendGrid',
  'SignalR negotiate HTTP trigger',
  'Timer trigger',
]
