import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turnEnd } from 'node:timers/promises'
import { frameTurns } from '../../src/worker/frame-turns.ts'

function recorder() {
  const schedule = frameTurns()
  const written: string[] = []
  return { written, send: (frame: string) => schedule(() => written.push(frame)) }
}

test('a frame that comes alone is written at once', async () => {
  const { written, send } = recorder()
  for (const frame of ['first', 'second', 'third']) {
    send(frame)
    assert.equal(written.at(-1), frame)
    await turnEnd()
  }
})

test('what comes behind the first frame of a turn is written at its end', async () => {
  const { written, send } = recorder()
  send('first')
  send('second')
  assert.deepEqual(written, ['first'])
  await turnEnd()
  assert.deepEqual(written, ['first', 'second'])
})

test('after frames came in company they are gathered for some turns, and then sent at once again', async () => {
  const { written, send } = recorder()
  send('first')
  send('second')
  await turnEnd()
  const isWrittenAtOnce: boolean[] = []
  for (let turn = 0; turn < 20; turn++) {
    const before = written.length
    send(`frame ${turn}`)
    isWrittenAtOnce.push(written.length > before)
    await turnEnd()
  }
  assert.equal(isWrittenAtOnce[0], false)
  assert.equal(isWrittenAtOnce.at(-1), true)
  assert.equal(isWrittenAtOnce.indexOf(true), isWrittenAtOnce.lastIndexOf(false) + 1)
  assert.equal(written.length, 22)
})
