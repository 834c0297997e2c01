import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findFailureState, readOrchestratorState } from '../../src/oop/orchestrator-state.ts'
import { readAction } from '../../src/oop/worker-action.ts'

test('the state in a failure is found between the texts that workers put around it', () => {
  const state = { isDone: false, actions: [[]], error: 'a "}" in {it}', schemaVersion: 3 }
  const label = '\n\n$OutOfProcData$:'
  for (const [before, after] of [
    ['false', ''],
    ['Result: Failure\nException: Error: x', '\nStack: at f (a.js:1) { }'],
  ]) {
    assert.equal(findFailureState(`${before}${label}${JSON.stringify(state)}${after}`)?.error, state.error)
  }
  assert.equal(findFailureState('plain'), undefined)
})

test('any error text survives the way through a failure message', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (error, after) => {
      const json = JSON.stringify({ isDone: false, actions: [[]], error, schemaVersion: 3 })
      assert.equal(findFailureState(`x\n\n$OutOfProcData$:${json}${after}`)?.error, error)
    }),
  )
})

test('a state may come as a text, as Python writes it', () => {
  const state = readOrchestratorState('{"isDone":true,"actions":[[]],"output":"x","schemaVersion":2}')
  assert.deepEqual([state.isDone, state.output, state.schemaVersion], [true, 'x', 2])
})

test('a state of the second schema has one list of actions', () => {
  assert.throws(
    () => readOrchestratorState({ isDone: false, actions: [[], []], schemaVersion: 1 }),
    /With OOProc schema V2, expected actions array to be of length 1 in outer layer but got size: 2/,
  )
  assert.throws(() => readOrchestratorState(undefined), /returned no state/)
})

test('actions may be named, and what is wrong with one is said', () => {
  assert.equal(readAction({ actionType: 'CallActivity', functionName: 'A' }).kind, 'activity')
  assert.throws(() => readAction({ actionType: 99 }), /The action type 99 is not known/)
  assert.throws(() => readAction({ actionType: 5, fireAt: 'soon' }), /'fireAt' is not a time: soon/)
  assert.throws(() => readAction({ actionType: 1, functionName: 'A' }), /has no retryOptions/)
})
