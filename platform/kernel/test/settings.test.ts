import assert from 'node:assert/strict'
import { test } from 'node:test'
import { infiniteMs, parseBoolean, parseInteger, parseTimeSpanMs, Settings, substitute } from '@aloft/kernel'
import fc from 'fast-check'

test('names are found without case, and with either separator', () => {
  const settings = new Settings({ AzureWebJobs__Copy__Disabled: '1', 'Orders:Queue': 'q' })
  assert.equal(settings.get('azurewebjobs:copy:disabled'), '1')
  assert.equal(settings.get('ORDERS__QUEUE'), 'q')
  assert.equal(settings.get('Orders_Queue'), undefined)
})

test('the first source that has a name wins, in whatever spelling', () => {
  const settings = new Settings({ A__B: 'environment', C: undefined }, { 'a:b': 'file', c: 'file' })
  assert.equal(settings.get('A:B'), 'environment')
  assert.equal(settings.get('C'), 'file')
  assert.deepEqual(settings.toRecord(), { A__B: 'environment', c: 'file' })
})

test('an empty value is a value as text, and none where a type is wanted', () => {
  const settings = new Settings({ Empty: '', Blank: ' ' })
  assert.equal(settings.get('empty'), '')
  assert.equal(settings.boolean('empty', true), true)
  assert.equal(settings.integer('blank', 7), 7)
  assert.equal(settings.timeSpanMs('blank', 7), 7)
})

test('a section holds what is below its name', () => {
  const settings = new Settings({
    Blob__serviceUri: 'u',
    'blob:credential': 'c',
    Blob__retry__count: '3',
    Blob: 'whole',
    Blobs__x: 'other',
  })
  assert.deepEqual(settings.section('Blob'), { serviceUri: 'u', credential: 'c', 'retry:count': '3' })
})

test('booleans are 1, true, 0 and false', () => {
  const settings = new Settings({ a: '1', b: 'TRUE', c: '0', d: 'False', e: 'yes' })
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'none'].map((name) => settings.boolean(name, false)),
    [true, true, false, false, false],
  )
  assert.throws(() => settings.boolean('e', false), {
    name: 'UserError',
    message: "Setting 'e' is 'yes'; it must be true or false.",
  })
  assert.equal(parseBoolean(true, 'x'), true)
})

test('whole numbers are checked against their range', () => {
  const settings = new Settings({ count: ' 12 ', text: 'abc', part: '1.5', large: '9007199254740993' })
  assert.equal(settings.integer('count', 1), 12)
  assert.equal(settings.integer('none', 1), 1)
  assert.throws(() => settings.integer('count', 1, { min: 1, max: 10 }), {
    name: 'UserError',
    message: "Setting 'count' is '12'; it must be a whole number from 1 to 10.",
  })
  assert.throws(() => settings.integer('count', 1, { min: 20 }), /must be a whole number of at least 20\.$/)
  assert.throws(() => settings.integer('count', 1, { max: 5 }), /must be a whole number of at most 5\.$/)
  for (const name of ['text', 'part', 'large'])
    assert.throws(() => settings.integer(name, 1), /must be a whole number\.$/, name)
})

test('numbers of JSON files are read like their texts', () => {
  assert.equal(parseInteger(5, 'host.json batchSize'), 5)
  assert.throws(() => parseInteger(1.5, 'host.json batchSize'), {
    message: 'host.json batchSize is 1.5; it must be a whole number.',
  })
  assert.throws(() => parseInteger(null, 'x'), { message: 'x is null; it must be a whole number.' })
})

test('durations are TimeSpans, and -1 is without end', () => {
  const settings = new Settings({ timeout: '00:05:00', open: '-1', wrong: '5 minutes' })
  assert.equal(settings.timeSpanMs('timeout', 0), 300_000)
  assert.equal(settings.timeSpanMs('open', 0), infiniteMs)
  assert.equal(parseTimeSpanMs(-1, 'x'), infiniteMs)
  assert.throws(() => settings.timeSpanMs('wrong', 0), {
    message: "Setting 'wrong' is '5 minutes'; it must be a duration such as 00:05:00 (hh:mm:ss).",
  })
  assert.throws(() => parseTimeSpanMs(300, 'x'), { message: /^x is 300; it must be a duration/ })
})

test('every %NAME% is replaced, once', () => {
  const settings = new Settings({ Queue: 'orders', Env: 'prod', Percent: '%Env%' })
  assert.equal(settings.substitute('%queue%-%ENV%'), 'orders-prod')
  assert.equal(settings.substitute('%Percent%'), '%Env%')
  assert.equal(settings.substitute('plain'), 'plain')
})

test('what does not resolve is an error in the words of the SDK', () => {
  const settings = new Settings({ Empty: '' })
  assert.throws(() => settings.substitute('a-%NAME%'), { message: "'%NAME%' does not resolve to a value." })
  assert.throws(() => settings.substitute('%%'), { message: "'%%' does not resolve to a value." })
  assert.throws(() => settings.substitute('50%'), {
    message: "The '%' at position 2 does not have a closing '%'",
  })
  assert.equal(settings.substitute('<%Empty%>'), '<>')
})

test('text between placeholders comes through as it is', () => {
  const text = fc.string().map((value) => value.replaceAll('%', ''))
  fc.assert(
    fc.property(fc.array(text), text, (pieces, value) => {
      assert.equal(
        substitute(pieces.join('%x%'), () => value),
        pieces.join(value),
      )
    }),
  )
})
