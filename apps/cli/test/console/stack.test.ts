import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { userStack } from '../../src/console/stack.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

test('only the frames of the user’s code are left', () => {
  const stack = [
    'Error: at the end of the day',
    '    at hello (file:///home/ada/app/src/hello.js:3:9)',
    `    at run (file://${root}workers/node/src/invocation.ts:62:37)`,
    `    at onExit (${root}services/functions/src/worker.ts:1:1)`,
    '    at handler (/home/ada/app/node_modules/@azure/functions/dist/azure-functions.js:220:46)',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
    `    at tide (file://${root}samples/harbour-board/src/functions/tide.js:9:5)`,
  ]
  assert.equal(userStack(stack.join('\n')), [stack[0], stack[1], stack[6]].join('\n'))
})

test('what V8 does itself is left with its caller', () => {
  const host = `    at run (${root}services/functions/src/worker.ts:1:1)`
  const own = '    at hello (/home/ada/app/src/hello.js:3:9)'
  const stack = ['Error: x', '    at JSON.parse (<anonymous>)', own, '    at Array.map (<anonymous>)', host]
  assert.equal(userStack(stack.join('\n')), stack.slice(0, 3).join('\n'))
  assert.equal(userStack(['Error: y', '    at Array.map (<anonymous>)'].join('\n')), 'Error: y')
})
