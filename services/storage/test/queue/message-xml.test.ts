import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeXml } from '../../src/protocol/xml.ts'
import { parseMessageText, renderPeeked, renderReceived, renderSent } from '../../src/queue/message-xml.ts'
import { failsWith } from './queue-bench.ts'

const declaration = '<?xml version="1.0" encoding="utf-8"?>'

function parse(xml: string): string {
  return parseMessageText(Buffer.from(xml))
}

test('the text is read from all that clients write around it', () => {
  for (const [xml, text] of [
    ['<QueueMessage><MessageText>plain</MessageText></QueueMessage>', 'plain'],
    [`${declaration}<QueueMessage><MessageText>plain</MessageText></QueueMessage>`, 'plain'],
    [`\ufeff${declaration}\n<QueueMessage>\n <MessageText> a b </MessageText>\n</QueueMessage>\n`, ' a b '],
    ['<QueueMessage><MessageText>a &lt;b&gt; &amp;&#65;</MessageText></QueueMessage>', 'a <b> &A'],
    ['<QueueMessage><MessageText><![CDATA[<x>]]></MessageText></QueueMessage>', '<x>'],
    ['<QueueMessage><MessageText></MessageText></QueueMessage>', ''],
    ['<QueueMessage><MessageText/></QueueMessage>', ''],
    ['<QueueMessage><Other>1</Other><MessageText>x</MessageText></QueueMessage>', 'x'],
  ] as const)
    assert.equal(parse(xml), text, xml)
})

test('a body without a text is refused', () => {
  for (const xml of [
    '',
    'x',
    '<QueueMessage/>',
    '<Queue><MessageText>x</MessageText></Queue>',
    '<QueueMessage>',
  ])
    assert.throws(() => parse(xml), failsWith('InvalidXmlDocument'), xml)
})

test('characters that XML cannot carry are refused, however they are written', () => {
  for (const text of ['&#7;', '&#x0;', '\x07', '\uffff'])
    assert.throws(
      () => parse(`<QueueMessage><MessageText>${text}</MessageText></QueueMessage>`),
      failsWith('InvalidXmlDocument'),
    )
})

test('any text survives the way there', () => {
  const text = fc
    .string({ unit: 'binary' })
    .filter((value) => !/[^\t\n\r\x20-\uffff]|[\ufffe\uffff]/.test(value))
  fc.assert(
    fc.property(text, (value) => {
      const xml = `<QueueMessage><MessageText>${escapeXml(value)}</MessageText></QueueMessage>`
      assert.equal(parse(xml), value)
    }),
  )
})

test('64 KiB of text are the limit, however they are escaped', () => {
  const wrap = (text: string) => `<QueueMessage><MessageText>${text}</MessageText></QueueMessage>`
  assert.equal(parse(wrap('&amp;'.repeat(65_536))).length, 65_536)
  assert.equal(parse(wrap('ä'.repeat(32_768))).length, 32_768)
  for (const text of ['a'.repeat(65_537), 'ä'.repeat(32_769)])
    assert.throws(() => parse(wrap(text)), failsWith('RequestBodyTooLarge'))
})

const times = { insertedAt: 1_767_225_600_000, expiresAt: undefined, visibleAt: 1_767_225_630_999 }
const identity =
  '<MessageId>i</MessageId><InsertionTime>Thu, 01 Jan 2026 00:00:00 GMT</InsertionTime><ExpirationTime>Fri, 31 Dec 9999 23:59:59 GMT</ExpirationTime>'
const hold = '<PopReceipt>r</PopReceipt><TimeNextVisible>Thu, 01 Jan 2026 00:00:30 GMT</TimeNextVisible>'
const content = '<DequeueCount>2</DequeueCount><MessageText>a&lt;b&amp;</MessageText>'

test('answers are written as Azure writes them', () => {
  const message = { id: 'i', popReceipt: 'r', ...times, dequeueCount: 2, text: 'a<b&', traceParent: '' }
  const wrap = (inner: string) =>
    `${declaration}<QueueMessagesList><QueueMessage>${inner}</QueueMessage></QueueMessagesList>`
  assert.equal(renderSent(message), wrap(identity + hold))
  assert.equal(renderReceived([message]), wrap(identity + hold + content))
  assert.equal(renderPeeked([message]), wrap(identity + content))
  assert.equal(renderReceived([]), `${declaration}<QueueMessagesList />`)
})
