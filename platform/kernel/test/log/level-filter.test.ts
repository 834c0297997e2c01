import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LevelFilter, type LogLevel, parseLogLevel } from '@aloft/kernel'

test('the longest key that begins a category decides, without case', () => {
  const filter = new LevelFilter({
    default: 'Warning',
    Function: 'Error',
    'function.http': 'Trace',
    'Function.Http.User': 'None',
    'Host.Results': 'Information',
  })
  const minimums: Record<string, LogLevel> = {
    'Function.Copy': 'error',
    'Function.Http': 'trace',
    'Function.Http.User': 'none',
    'Host.Results': 'information',
    'Host.Startup': 'warning',
    Microsoft: 'warning',
  }
  for (const [category, level] of Object.entries(minimums))
    assert.equal(filter.minimum(category), level, category)
})

test('a star stands for any text', () => {
  const filter = new LevelFilter({ 'Host.Triggers.*': 'Debug', 'Function.*.User': 'Error' })
  assert.equal(filter.minimum('Host.Triggers.Timer'), 'debug')
  assert.equal(filter.minimum('Function.Copy.User'), 'error')
  assert.equal(filter.minimum('Function.Copy'), 'information')
})

test('a level enables itself and what is above it, none enables nothing', () => {
  const filter = new LevelFilter({ default: 'Warning', Quiet: 'None' })
  assert.equal(filter.isEnabled('information', 'A'), false)
  assert.equal(filter.isEnabled('warning', 'A'), true)
  assert.equal(filter.isEnabled('critical', 'A'), true)
  assert.equal(filter.isEnabled('critical', 'Quiet'), false)
})

test('without a default it is Information, or what the caller says', () => {
  assert.equal(new LevelFilter({}).minimum('A'), 'information')
  assert.equal(new LevelFilter({}, 'error').minimum('A'), 'error')
})

test('levels are names or numbers', () => {
  assert.deepEqual(['Information', ' error ', '0', '6', '7', 'loud', ''].map(parseLogLevel), [
    'information',
    'error',
    'trace',
    'none',
    undefined,
    undefined,
    undefined,
  ])
})

test('a level that is none is a user error that names the category', () => {
  assert.throws(() => new LevelFilter({ Host: 'Loud' }), {
    name: 'UserError',
    message: /^logLevel 'Host' is 'Loud'; it must be one of trace, debug/,
  })
})
