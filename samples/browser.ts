/** The browser that tests of pages drive: Debian's Chromium. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Why tests in a browser have to be skipped; false = they need not. */
export const withoutBrowser = existsSync(executablePath) ? false : `${executablePath} is not installed`

/** A browser without a window, which asks for nothing by itself. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--headless',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}
