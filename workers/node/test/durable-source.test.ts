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

test('version 2 finds the function that newer Nodes lack', async () => {
  const file = `${modules}/durable-functions-v2/lib/src/actions/createtimeraction.js`
  assert.ok(isDurableSource(file))
  assert.match(transformDurable(await readFile(file, 'utf8')), /util_1\.types\.isDate\(fireAt\)/)
})

test('other files are left as they are', () => {
  assert.equal(isDurableSource('/app/src/orchestrations/Hello.js'), false)
  assert.equal(transformDurable('markAsScheduled(task) { go() }'), 'markAsScheduled(task) { go() }')
})
