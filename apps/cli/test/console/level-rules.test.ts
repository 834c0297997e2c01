import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogLevel } from '@aloft/kernel'
import { type LevelOptions, LevelRules } from '../../src/console/level-rules.ts'

function shows(options: Partial<LevelOptions>) {
  const rules = new LevelRules({ isVerbose: false, userLevel: undefined, hostLevels: {}, ...options })
  return (category: string, level: LogLevel, message = 'text') => {
    const isShown = rules.isShown(level, category, message)
    if (isShown) assert.ok(rules.isEnabled(level, category), 'what is shown must be made')
    return isShown
  }
}

test('by default functions speak from Information on and the host from Warning on', () => {
  const isShown = shows({})
  assert.equal(isShown('Function.hello.User', 'information'), true)
  assert.equal(isShown('Function.hello', 'information'), true)
  assert.equal(isShown('Host.Function.Console', 'information'), true)
  assert.equal(isShown('Function.hello.User', 'debug'), false)
  assert.equal(isShown('Host.Startup', 'information'), false)
  assert.equal(isShown('Host', 'information'), false)
  assert.equal(isShown('Worker.node', 'information'), false)
  assert.equal(isShown('Host.Startup', 'warning'), true)
})

test('--verbose lets the host speak from Information on', () => {
  const isShown = shows({ isVerbose: true })
  assert.equal(isShown('Host.Startup', 'information'), true)
  assert.equal(isShown('Host.Startup', 'debug'), false)
})

test('the lines that tools wait for are shown at any level', () => {
  const isShown = shows({ hostLevels: { default: 'none' } })
  assert.equal(isShown('Host.Worker', 'information', 'Worker process started and initialized.'), true)
  assert.equal(isShown('Host', 'information', "Host lock lease acquired by instance ID '1'."), true)
  assert.equal(isShown('Host', 'critical', 'anything else'), false)
})

test('lines of triggers that would not be shown are not made', () => {
  const rules = new LevelRules({ isVerbose: false, userLevel: undefined, hostLevels: {} })
  assert.equal(rules.isEnabled('information', 'Host.Triggers.DurableTask'), false)
  assert.equal(rules.isEnabled('error', 'Host.Triggers.DurableTask'), true)
  const verbose = new LevelRules({ isVerbose: true, userLevel: undefined, hostLevels: {} })
  assert.equal(verbose.isEnabled('information', 'Host.Triggers.DurableTask'), true)
})

test('host.json decides for the longest category that it names', () => {
  const isShown = shows({
    hostLevels: {
      default: 'error',
      Function: 'warning',
      'Function.hello.User': 'trace',
      'Host.Triggers': 'debug',
    },
  })
  assert.equal(isShown('Function.hello.User', 'trace'), true)
  assert.equal(isShown('Function.hello', 'information'), false)
  assert.equal(isShown('Function.hello', 'warning'), true)
  assert.equal(isShown('host.triggers.timer', 'debug'), true)
  assert.equal(isShown('Host.Startup', 'warning'), false)
  assert.equal(isShown('Host.Startup', 'error'), true)
})

test('--user-log-level beats the default of host.json for functions only', () => {
  const isShown = shows({ userLevel: 'error', hostLevels: { Default: 'debug' } })
  assert.equal(isShown('Function.hello.User', 'warning'), false)
  assert.equal(isShown('Host.Startup', 'debug'), true)
})

test('messages that nobody would see are not even made', () => {
  const rules = new LevelRules({ isVerbose: false, userLevel: undefined, hostLevels: {} })
  assert.equal(rules.isEnabled('debug', 'Host.Startup'), false)
  assert.equal(rules.isEnabled('debug', 'Function.hello.User'), false)
})
