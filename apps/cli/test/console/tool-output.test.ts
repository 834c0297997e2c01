import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { LineOutput } from '@aloft/kernel'
import { openToolOutput, toolLine } from '../../src/console/tool-output.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

test('lines for editors are known by their prefix', () => {
  assert.equal(toolLine('azfuncjsonlog:{ "a": 1 }'), '{ "a": 1 }')
  assert.equal(toolLine('said azfuncjsonlog:'), undefined)
})

test('they are appended to a file, or printed as they are', async (t) => {
  const file = join(await temporaryDirectory(t), 'tools.json')
  await writeFile(file, 'before\n')
  let printed = ''
  const output = new LineOutput((text) => {
    printed += text
  })
  openToolOutput(file, output)('{}')
  openToolOutput(undefined, output)('[]')
  output.flush()
  assert.deepEqual([await readFile(file, 'utf8'), printed], ['before\n{}\n', '[]\n'])
})

test('a file that cannot be written is a user error', async (t) => {
  const file = join(await temporaryDirectory(t), 'none/tools.json')
  assert.throws(
    () => openToolOutput(file, new LineOutput(() => {})),
    /^UserError: The file cannot be written/,
  )
})
