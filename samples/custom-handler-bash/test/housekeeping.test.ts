import assert from 'node:assert/strict'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { missing, type RunningSample, runSample } from '../../run-sample.ts'

const skip = missing('bash', 'perl')
let app: RunningSample
let folder: string
before(async () => {
  if (skip) return
  folder = await mkdtemp(join(tmpdir(), 'housekeeping-'))
  app = await runSample(fileURLToPath(new URL('..', import.meta.url)), {
    SWEEP_SCHEDULE: '0 0 0 1 1 *',
    SWEEP_FOLDER: folder,
  })
})
after(async () => {
  if (skip) return
  await app.stop()
  await rm(folder, { recursive: true })
})

test('the space of a disk is told', { skip }, async () => {
  const answer = await fetch(`${app.url}/api/disk?path=${encodeURIComponent(folder)}`)
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /^Filesystem .*\n\S+ /)
})

test('a folder that does not exist is named as it was asked for', { skip }, async () => {
  const answer = await fetch(`${app.url}/api/disk?path=%2Fno%20such%2Ffolder`)
  assert.deepEqual([answer.status, await answer.text()], [404, 'There is no folder /no such/folder.'])
})

test('words are said louder, many at the same time', { skip }, async () => {
  const words = ['quiet please', 'two\nlines', 'ähm']
  const answers = await Promise.all(
    words.map((body) =>
      fetch(`${app.url}/api/shout`, { method: 'POST', body }).then((answer) => answer.text()),
    ),
  )
  assert.deepEqual(answers, ['QUIET PLEASE', 'TWO\nLINES', 'äHM'])
})

test('the timer counts old files', { skip }, async () => {
  const longAgo = Date.now() / 1000 - 10 * 86_400
  for (const name of ['a', 'b', 'new']) await writeFile(join(folder, name), '')
  for (const name of ['a', 'b']) await utimes(join(folder, name), longAgo, longAgo)
  const run = await fetch(`${app.url}/admin/functions/sweep`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(run.status, 202)
  await app.printed(/2 files are older than a week/)
})
