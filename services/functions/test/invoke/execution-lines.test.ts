import assert from 'node:assert/strict'
import { test } from 'node:test'
import { executedLine, executingLine } from '../../src/invoke/execution-lines.ts'

test('the lines are those of the official host', () => {
  assert.equal(executingLine('hello', 'why', 'id'), "Executing 'Functions.hello' (Reason='why', Id=id)")
  assert.equal(
    executedLine('hello', 'Succeeded', 'id', 1.6),
    "Executed 'Functions.hello' (Succeeded, Id=id, Duration=2ms)",
  )
})

test('a secret in the reason does not get into the log, also when the reason comes again', () => {
  for (const reason of ['https://a?sig=abc', 'https://a?sig=abc', 'plain', 'https://a?sig=abc'])
    assert.doesNotMatch(executingLine('f', reason, 'id'), /abc/)
})
