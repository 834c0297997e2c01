import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ConsoleOutput } from '../../src/console/console-output.ts'

test('what is printed in one turn is written once, in order', async () => {
  const writes: string[] = []
  const output = new ConsoleOutput((text) => writes.push(text))
  for (const text of ['a\n', 'b\n', 'c\n']) output.print(text)
  assert.deepEqual(writes, [])
  await nextTurn()
  output.print('d\n')
  await nextTurn()
  assert.deepEqual(writes, ['a\nb\nc\n', 'd\n'])
})

test('a burst is written before it piles up', () => {
  const writes: string[] = []
  const output = new ConsoleOutput((text) => writes.push(text))
  const line = 'x'.repeat(999)
  for (let count = 0; count < 100; count++) output.print(`${line}\n`)
  assert.equal(writes.length, 1)
  output.flush()
  assert.equal(writes.join('').length, 100_000)
})

test('flush writes nothing when nothing is pending', () => {
  let writes = 0
  new ConsoleOutput(() => writes++).flush()
  assert.equal(writes, 0)
})
