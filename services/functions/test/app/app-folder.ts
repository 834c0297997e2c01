/** App folders made for one test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { SettingValues } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import { type LoadOptions, loadApp } from '../../src/app/index.ts'
import type { AppConfiguration } from '../../src/contracts.ts'

/** Contents by path; objects are written as JSON. */
export type Files = Readonly<Record<string, string | Uint8Array | object>>

/** host.json of an app with a server of its own. */
export const customHandlerHost: Files = {
  'host.json': { version: '2.0', customHandler: { description: { defaultExecutablePath: 'handler' } } },
}

/** A temporary folder with these files; removed when the test ends. */
export function appFolder(t: TestContext, files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'aloft-app-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  addFiles(root, files)
  return root
}

export function addFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const isText = typeof content === 'string' || content instanceof Uint8Array
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), isText ? content : JSON.stringify(content))
  }
}

/** A sound Node app around `files`, loaded with an empty environment. */
export function loadFolder(
  t: TestContext,
  files: Files,
  options: Partial<LoadOptions> & { readonly environment?: SettingValues } = {},
): Promise<AppConfiguration> {
  const root = appFolder(t, { 'host.json': { version: '2.0' }, 'package.json': {}, ...files })
  return loadApp(root, {
    clock: new VirtualClock(),
    ...options,
    environment: { FUNCTIONS_WORKER_RUNTIME: 'node', ...options.environment },
  })
}

/** local.settings.json with these values. */
export function localSettings(values: Readonly<Record<string, unknown>>, rest: object = {}): Files {
  return { 'local.settings.json': { IsEncrypted: false, Values: values, ...rest } }
}
