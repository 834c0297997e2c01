import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replaceFacts, replaceSection } from '../harness/results.ts'

const facts = { cpu: 'Test CPU', cores: 2, memoryGiB: 8, system: 'TestOS 1', node: 'v24.0.0' }

test('a new section goes to the end of the page', () => {
  const page = replaceSection('# Title\n\n## HTTP\n\nold\n', 'Engine', 'numbers\n')
  assert.equal(page, '# Title\n\n## HTTP\n\nold\n\n## Engine\n\nnumbers\n')
})

test('a section is replaced in its place and its neighbours stay', () => {
  const page = '# Title\n\n## A\n\none\n\n### detail\n\ntwo\n\n## B\n\nthree\n'
  assert.equal(replaceSection(page, 'A', 'new'), '# Title\n\n## A\n\nnew\n\n## B\n\nthree\n')
})

test('a section whose name begins like another one leaves that one alone', () => {
  const page = '## HTTP body\n\none\n'
  assert.equal(replaceSection(page, 'HTTP', 'two'), '## HTTP body\n\none\n\n## HTTP\n\ntwo\n')
})

test('writing the same section twice changes nothing', () => {
  const once = replaceSection('', 'HTTP', 'numbers')
  assert.equal(replaceSection(once, 'HTTP', 'numbers'), once)
})

test('a section that holds a heading of level 2 is refused', () => {
  assert.throws(() => replaceSection('', 'HTTP', 'text\n\n## Other\n'), /heading of level 1 or 2/)
})

test('the facts of the machine replace all that stands before the first section', () => {
  const page = replaceFacts('# Old title\n\nold facts\n\n## HTTP\n\nnumbers\n', facts)
  assert.ok(page.startsWith('# Measurements\n'))
  assert.ok(page.includes('| CPU | Test CPU |'))
  assert.ok(!page.includes('old facts'))
  assert.ok(page.endsWith('\n\n## HTTP\n\nnumbers\n'))
  assert.equal(replaceFacts(page, facts), page)
})
