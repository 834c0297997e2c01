import assert from 'node:assert/strict'
import { test } from 'node:test'
import picocolors from 'picocolors'
import { renderBanner } from '../../src/console/banner.ts'

test('the banner has the lines that tools read versions from', () => {
  const versions = { coreTools: '4.14.0', runtime: '4.1052.200', aloft: '0.1.0' }
  assert.equal(
    renderBanner(versions, picocolors.createColors(false)),
    [
      '',
      'Azure Functions Core Tools',
      'Core Tools Version:       4.14.0 Commit hash: aloft-0.1.0 (64-bit)',
      'Function Runtime Version: 4.1052.200',
      '',
      '',
    ].join('\n'),
  )
})
