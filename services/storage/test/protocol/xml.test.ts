import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { XMLBuilder } from 'fast-xml-parser'
import { StorageError } from '../../src/protocol/storage-error.ts'
import { childText, escapeXml, parseXml, type XmlElement, xmlElement } from '../../src/protocol/xml.ts'

test('children keep their order, and text what belongs to it', () => {
  const root = parseXml('<?xml version="1.0"?>\n<a x="1" y=\'2\'><b>1</b>t<c/>u<b>2</b><!-- no --></a>\n')
  assert.deepEqual(
    root.children.map(({ name, text }) => [name, text]),
    [
      ['b', '1'],
      ['c', ''],
      ['b', '2'],
    ],
  )
  assert.equal(root.text, 'tu')
  assert.equal(childText(root, 'b'), '1')
  assert.equal(childText(root, 'd'), undefined)
})

test('references, CDATA, prefixes and line ends are resolved as XML has it', () => {
  const root = parseXml('<n:a>&lt;&#65;&#x42;&amp;lt;<![CDATA[<&lt;]]>\r\nx\ry&#xD;</n:a>')
  assert.equal(root.name, 'a')
  assert.equal(root.text, '<AB&lt;<&lt;\nx\ny\r')
})

test('a byte order mark is left out', () => {
  assert.equal(parseXml(Buffer.from('\uFEFF<a>ü</a>')).text, 'ü')
})

for (const [what, text] of [
  ['nothing', ''],
  ['text alone', 'hello'],
  ['two roots', '<a/><b/>'],
  ['an open element', '<a><b></a>'],
  ['an end too many', '<a/></a>'],
  ['a broken tag', '<a b></a>'],
  ['an attribute without quotes', '<a b=c/>'],
  ['a document type', '<!DOCTYPE a><a/>'],
  ['a reference of its own', '<a>&b;</a>'],
  ['a reference to no character', '<a>&#x110000;</a>'],
  ['a lone ampersand', '<a>a & b</a>'],
  ['a comment without end', '<a><!-- </a>'],
  ['text behind the root', '<a/>x'],
  ['more levels than there can be', '<a>'.repeat(100_000)],
] as const)
  test(`${what} is no document`, () => {
    assert.throws(
      () => parseXml(text),
      (error) => error instanceof StorageError && error.code === 'InvalidXmlDocument',
    )
  })

test('what is not UTF-8 is no document', () => {
  assert.throws(() => parseXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])))
})

test('what is escaped is read as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(parseXml(xmlElement('a', text)).text, text)
      assert.ok(!escapeXml(text).includes('<'))
    }),
  )
})

test('what another program writes is read as it was meant', () => {
  const name = fc.constantFrom('A', 'b', 'Name', 'x-ms')
  const plain = { noNullPrototype: true }
  const text = fc.stringMatching(/^[ -~äöü]{1,12}$/)
  const leaf = fc.record({ name, text, children: fc.constant([]) }, plain)
  const tree: fc.Arbitrary<XmlElement> = fc.letrec<{ node: XmlElement }>((tie) => {
    const children = fc.array(tie('node'), { maxLength: 4 })
    const branch = fc.record({ name, text: fc.constant(''), children }, plain)
    return { node: fc.oneof({ depthSize: 'small' }, leaf, branch) }
  }).node
  const builder = new XMLBuilder({ preserveOrder: true, suppressEmptyNode: true })
  const asBuilt = ({ name: key, text, children }: XmlElement): unknown => ({
    [key]: text === '' ? children.map(asBuilt) : [{ '#text': text }],
  })
  fc.assert(
    fc.property(tree, (element) => assert.deepEqual(parseXml(builder.build([asBuilt(element)])), element)),
  )
})
