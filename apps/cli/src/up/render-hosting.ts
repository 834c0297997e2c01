/** What is printed of several apps once they run. */
import type { RunningApp } from '@aloft/functions'
import { renderApp } from '../start/app-summary.ts'
import type { Colors } from '../terminal.ts'

export interface ServedApp {
  readonly name: string
  /** Of the address that all apps share. */
  readonly sharedPort: number
  readonly running: Pick<
    RunningApp,
    'functions' | 'proxies' | 'configuration' | 'problems' | 'errors' | 'port'
  >
}

/** Of more apps than this, functions are counted and not listed. */
const mostListed = 8

/** The apps with their addresses and functions. */
export function renderHosting(apps: readonly ServedApp[], scheme: 'http' | 'https', colors: Colors): string {
  const isListing = apps.length <= mostListed
  const lines = apps.map((app) => {
    const urls = urlsOf(app, scheme).map(colors.green).join(' and ')
    return `\t${colors.yellow(`${app.name}:`)} ${urls}${isListing ? '' : countOf(app)}\n`
  })
  const lists = apps.map((app) => {
    const list = renderApp(app.running, urlsOf(app, scheme)[0]!, colors)
    return list === '' ? '' : `\n[${app.name}]${list}`
  })
  return [
    `\n${colors.yellow('Apps:')}\n\n`,
    ...lines,
    ...(isListing ? lists : []),
    colors.gray(
      '\nWhere these names are not known, the Host header names the app. --verbose shows the log of the host.\n',
    ),
  ].join('')
}

function urlsOf({ name, sharedPort, running }: ServedApp, scheme: string): string[] {
  const own = running.port === sharedPort ? [] : [`${scheme}://localhost:${running.port}`]
  return [`${scheme}://${name}.localhost:${sharedPort}`, ...own]
}

function countOf({ running }: ServedApp): string {
  const count = running.functions.length + running.proxies.length
  return ` (${count} ${count === 1 ? 'function' : 'functions'})`
}
