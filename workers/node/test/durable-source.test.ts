import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isDurableSource, transformDurable } from '../src/durable-source.ts'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const executors = [
  `${modules}/durable-functions/lib/src/orchestrations/TaskOrchestrationExecutor.js`,
  `${modules}/durable-functions-v2/lib/src/taskorchestrationexecutor.js`,
]

test('the executors of both generations put keys on actions', async () => {
  for (const file of executors) {
    assert.ok(isDurableSource(file))
    const source = await readFile(file, 'utf8')
    const transformed = transformDurable(source)
    assert.match(transformed, /markAsScheduled\(task\) \{ if \(task\.action && .*taskKey \?\?=/)
    assert.equal(transformed.split('\n').length, source.split('\n').length, 'line numbers stay')
  }
})

test('only version 3 tells the id with which an action begins, and can be kept', async () => {
  const [three, two] = await Promise.all(executors.map((file) => readFile(file, 'utf8')))
  assert.match(transformDurable(three!), /addToActions\(action\) \{ action\.startId = this\.sequenceNumber;/)
  assert.doesNotMatch(transformDurable(two!), /startId/)
  const orchestrator = `${modules}/durable-functions/lib/src/orchestrations/Orchestrator.js`
  assert.match(transformDurable(await readFile(orchestrator, 'utf8')), /\.keepWarm\(Orchestrator\);/)
  const older = `${modules}/durable-functions-v2/lib/src/orchestrator.js`
  assert.doesNotMatch(transformDurable(await readFile(older, 'utf8')), /keepWarm/)
})

test('version 2 finds the function that newer Nodes lack', async () => {
  const file = `${modules}/durable-functions-v2/lib/src/actions/createtimeraction.js`
  assert.ok(isDurableSource(file))
  assert.match(transformDurable(await readFile(file, 'utf8')), /util_1\.types\.isDate\(fireAt\)/)
})

test('other files are left as they are', () => {
  assert.equal(isDurableSource('/app/src/orchestrations/Hello.js'), false)
  assert.equal(transformDurable('markAsScheduled(task) { go() }'), 'markAsScheduled(task) { go() }')
})
