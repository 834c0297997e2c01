import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { mapStack } from '../src/stack-mapping.ts'

const root = mkdtempSync(join(tmpdir(), 'stack mapping-'))
after(() => rmSync(root, { recursive: true }))

/** Line 5, column 5 of what is built stands for line 3, column 3 of the source. */
const map = { version: 3, sources: ['../src/index.ts'], names: [], mappings: ';;;;IAEE' }
const inline = `data:application/json;charset=utf-8;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`

function built(name: string, comment: string): string {
  const path = join(root, 'dist', name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `${'\n'.repeat(9)}//# sourceMappingURL=${comment}\n`)
  return path
}

const stackAt = (place: string, line = 5, columns = [7, 5]) =>
  `Error: at /x.js:5:5\n    at run (${place}:${line}:${columns[0]})\n    at async ${place}:${line}:${columns[1]}`
const mapped = stackAt(join(root, 'src/index.ts'), 3, [3, 3])

test('places in a built file become places in its source, in paths with blanks and in URLs', () => {
  const path = built('inline.js', inline)
  assert.equal(mapStack(stackAt(path)), mapped)
  assert.equal(mapStack(stackAt(pathToFileURL(path).href)), mapped)
})

test('the map may be a file of its own', () => {
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(join(root, 'dist', 'index.js.map'), JSON.stringify(map))
  assert.equal(mapStack(stackAt(built('external.js', 'index.js.map'))), mapped)
})

test('a stack stays as it is without a map, with a broken one, in packages and outside of files', () => {
  const places = [
    built('missing.js', 'nowhere.map'),
    built('broken.js', 'data:application/json;base64,e30='),
    built('node_modules/p/index.js', inline),
    join(root, 'no-such-file.js'),
    'node:internal/modules/cjs/loader',
    'evalmachine.<anonymous>',
  ]
  for (const place of places) assert.equal(mapStack(stackAt(place)), stackAt(place))
  assert.equal(mapStack('no stack at all'), 'no stack at all')
})
