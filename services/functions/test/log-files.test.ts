import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Logger } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { AppConfiguration } from '../src/contracts.ts'
import { LogFiles } from '../src/log-files.ts'

async function fixture(context: TestContext, fileLoggingMode = 'always') {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'aloft-logs-'))
  context.after(() => rm(dataDirectory, { recursive: true }))
  const clock = new VirtualClock()
  const files = new LogFiles({ clock, dataDirectory })
  const host = { fileLoggingMode, logLevels: { default: 'information' } }
  const configuration = { context: { name: 'shop' }, host } as unknown as AppConfiguration
  const folder = join(dataDirectory, 'LogFiles/shop')
  const linesIn = async (kind: string) => {
    const names = await readdir(join(folder, kind))
    return Promise.all(names.sort().map((name) => readFile(join(folder, kind, name), 'utf8')))
  }
  return { clock, files, configuration, dataDirectory, folder, linesIn, log: new Logger(clock, [files]) }
}

test('the host and each function have files of their own', async (t) => {
  const { clock, files, configuration, linesIn, log } = await fixture(t)
  log.info('before there is a configuration')
  files.follow(() => configuration)
  log.info('started')
  log.debug('too low')
  log.child('Function.Orders.User').warn('two\nlines')
  log.child('Host.Triggers.Queue', { function: 'Orders' }).info('about it')
  await clock.advance(1000)
  await files.flush()
  const time = new Date(clock.now() - 1000).toISOString()
  assert.deepEqual(await linesIn('Host'), [`${time} [Information] started\n`])
  assert.deepEqual(await linesIn('Function/orders'), [
    `${time} [Warning] two\n${time} [Warning] lines\n${time} [Information] about it\n`,
  ])
})

test('without the mode always there are no files', async (t) => {
  const { files, configuration, dataDirectory, log } = await fixture(t, 'debugOnly')
  files.follow(() => configuration)
  log.info('started')
  await files.flush()
  assert.deepEqual(await readdir(dataDirectory), [])
})

test('a file ends at its size, and files of yesterday are deleted then', async (t) => {
  const { clock, files, configuration, folder, linesIn, log } = await fixture(t)
  files.follow(() => configuration)
  const old = join(folder, 'Host/2020.log')
  await mkdir(join(folder, 'Host'), { recursive: true })
  await writeFile(old, 'old')
  await utimes(old, 0, clock.now() / 1000 - 90_000)
  for (const text of ['x'.repeat(5 * 1024 * 1024), 'next']) {
    log.info(text)
    await files.flush()
    await clock.advance(1000)
  }
  const [first = '', second = '', ...more] = await linesIn('Host')
  assert.deepEqual([first.length > 5 * 1024 * 1024, second.slice(-5), more], [true, 'next\n', []])
})

test('a folder that cannot be written costs the app nothing', async (t) => {
  const { files, configuration, dataDirectory, log } = await fixture(t)
  files.follow(() => configuration)
  await writeFile(join(dataDirectory, 'LogFiles'), 'in the way')
  log.info('lost')
  await files.flush()
  assert.equal(await readFile(join(dataDirectory, 'LogFiles'), 'utf8'), 'in the way')
})
