import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitInspectorArguments } from '../../src/worker/inspector-arguments.ts'

const split = (text: string) => splitInspectorArguments(text.split(' '))

test('without the debugger’s options nothing is taken out', () => {
  assert.deepEqual(split('--max-old-space-size=4096 --inspector'), {
    inspector: undefined,
    rest: ['--max-old-space-size=4096', '--inspector'],
  })
})

for (const [text, host, port] of [
  ['--inspect', '127.0.0.1', 9229],
  ['--inspect=9300', '127.0.0.1', 9300],
  ['--inspect=0', '127.0.0.1', 0],
  ['--inspect=0.0.0.0', '0.0.0.0', 9229],
  ['--inspect=0.0.0.0:9300', '0.0.0.0', 9300],
  ['--inspect=localhost:9300', 'localhost', 9300],
  ['--inspect=[::1]:9300', '::1', 9300],
  ['--inspect --inspect-port=9300', '127.0.0.1', 9300],
  ['--debug-port=9300 --inspect', '127.0.0.1', 9300],
] as const) {
  test(`'${text}' listens on ${host}, port ${port}`, () => {
    assert.deepEqual(split(text), { inspector: { host, port, mode: 'run' }, rest: [] })
  })
}

test('the options that wait for a debugger say so', () => {
  assert.equal(split('--inspect-brk').inspector?.mode, 'break')
  assert.equal(split('--inspect-wait=9300').inspector?.mode, 'wait')
})

test('what cannot be understood is left for node to complain about', () => {
  for (const text of ['--inspect=99999', '--inspect=', '--inspect=a:b:c', '--inspect-port'])
    assert.deepEqual(split(text), { inspector: undefined, rest: [text] })
})
