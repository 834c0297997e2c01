import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { commands } from '../src/command-table.ts'
import { completionScript, shells } from '../src/completion.ts'
import { cli } from './memory-terminal.ts'
import { temporaryDirectory } from './temporary-directory.ts'

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

for (const shell of shells) {
  test(`the script for ${shell} knows every command and option, and the shell can read it`, async (t) => {
    const { output } = await cli(['completion', shell])
    for (const { name, load } of commands) {
      assert.match(output, new RegExp(`\\b${name}\\b`))
      for (const [option, { isIgnored }] of Object.entries((await load()).options))
        if (!isIgnored) assert.ok(output.includes(shell === 'fish' ? `-l ${option} ` : `--${option}`), option)
    }
    if (!isThere(shell)) return t.diagnostic(`there is no ${shell} here to read it`)
    const file = join(await temporaryDirectory(t), 'script')
    await writeFile(file, output)
    execFileSync(shell, ['-n', file])
  })
}

/** What bash offers for the last of `words`. */
async function offers(t: TestContext, ...words: string[]): Promise<string[]> {
  const directory = await temporaryDirectory(t)
  await mkdir(join(directory, 'shop'))
  const line = words.map((word) => `'${word}'`).join(' ')
  const script = `${await completionScript('bash')}
COMP_WORDS=(aloft ${line}); COMP_CWORD=${words.length}; _aloft; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script], { cwd: directory, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
}

test('bash offers what fits', { skip: !isThere('bash') && 'there is no bash here' }, async (t) => {
  assert.deepEqual(await offers(t, 'st'), ['start', 'storage'])
  assert.deepEqual(await offers(t, 'start', '--insp'), ['--inspect', '--inspect-brk'])
  assert.deepEqual(await offers(t, 'start', 'sh'), ['shop'])
  assert.deepEqual(await offers(t, 'settings', 'de'), ['delete', 'decrypt'])
  assert.deepEqual(await offers(t, 'new', '--language', 'ty'), ['typescript'])
  assert.deepEqual(await offers(t, 'new', '-l', 'ja'), ['javascript'])
  assert.deepEqual(await offers(t, 'start', '--data', 's'), ['shop'])
  assert.deepEqual(await offers(t, 'new', '--name', 's'), [])
})

test('a shell that nobody knows is refused', async () => {
  const { exitCode, errors } = await cli(['completion', 'bsh'])
  assert.equal(exitCode, 1)
  assert.match(errors, /no completion for 'bsh'\nhint: +Did you mean 'bash'/)
  assert.match((await cli(['completion'])).errors, /For which shell\?\nhint: +Shells: bash, zsh, fish/)
})
