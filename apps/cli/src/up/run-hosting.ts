/** Runs the apps of a file in this process until Ctrl+C, and prints what happens. */
import { join } from 'node:path'
import { hostVersion, type RunningApp, type SharedFront } from '@aloft/functions'
import { type Clock, ensureError, LineOutput, UserError } from '@aloft/kernel'
import { openPlatform, type Platform } from '../compose.ts'
import { renderBanner } from '../console/banner.ts'
import { renderUserError } from '../report-error.ts'
import { appLog } from '../start/app-log.ts'
import { aborted, closePlatform } from '../start/platform-end.ts'
import type { StartSettings } from '../start/start-settings.ts'
import { renderStorage } from '../storage-summary.ts'
import type { CommandContext } from '../terminal.ts'
import { coreToolsVersion, version } from '../version.ts'
import type { HostedApp, Hosting } from './hosting.ts'
import { renderHosting, type ServedApp } from './render-hosting.ts'

const defaultPort = 7071
/** Who waits longer is told how far it is. */
const progressMs = 5000

/**
 * Runs the apps until the user stops them. An app that cannot start is told, and the others run.
 * @throws UserError when the address cannot be had, or no app can start
 */
export async function runHosting(
  hosting: Hosting,
  settings: StartSettings,
  context: CommandContext,
): Promise<void> {
  const { clock, terminal, environment } = context
  const stop = context.stopSignal()
  const output = new LineOutput((text) => terminal.write(text))
  const versions = { coreTools: coreToolsVersion, runtime: hostVersion, aloft: version }
  output.print(renderBanner(versions, terminal.colors))
  try {
    const platform = await openPlatform({
      dataDirectory: settings.dataDirectory ?? join(hosting.directory, '.aloft'),
      environment,
      clock,
      log: appLog({ output, settings, context, label: undefined }).log.child('Host.Platform'),
      storage: settings.storage,
      identity: settings.identity,
    })
    try {
      const serving = startAll(platform, hosting, settings, output, context)
      // Who stops meanwhile does not want to know.
      serving.catch(() => {})
      const apps = await Promise.race([serving, aborted(stop).then(() => undefined)])
      if (apps) {
        output.print(renderHosting(apps, settings.scheme, terminal.colors))
        if (settings.storage) output.print(renderStorage(platform.storage))
        await aborted(stop)
        output.print('Stopping ...\n')
        output.flush()
      }
    } finally {
      await closePlatform(platform, clock, output)
    }
  } finally {
    output.flush()
  }
}

async function startAll(
  platform: Platform,
  hosting: Hosting,
  settings: StartSettings,
  output: LineOutput,
  context: CommandContext,
): Promise<readonly ServedApp[]> {
  const front = await platform.functions.openSharedFront({
    host: settings.address ?? hosting.address,
    port: settings.port ?? hosting.port ?? defaultPort,
    tls: tlsOf(platform, settings),
  })
  const progress = new Progress(hosting.apps.length, output, context.clock)
  const started = await Promise.all(
    hosting.apps.map(async (app) => {
      const outcome = await startOne(platform, front, app, hosting, settings, output, context)
      progress.step()
      return { app, outcome }
    }),
  ).finally(() => progress.end())
  // Told together, at the end: the lines of the others would hide them.
  const failed = started.flatMap(({ app, outcome }) => (outcome instanceof Error ? [{ app, outcome }] : []))
  if (failed.length === started.length) throw failed[0]!.outcome
  for (const { app, outcome } of failed) output.print(renderFailure(app, outcome, context))
  return started.flatMap(({ app, outcome }) =>
    outcome instanceof Error ? [] : [{ name: app.name, sharedPort: front.port, running: outcome }],
  )
}

/** The app, or what keeps it from running. */
async function startOne(
  platform: Platform,
  sharedFront: SharedFront,
  app: HostedApp,
  hosting: Hosting,
  settings: StartSettings,
  output: LineOutput,
  context: CommandContext,
): Promise<RunningApp | Error> {
  const { log, follow } = appLog({ output, settings, context, label: `[${app.name}]` })
  try {
    const running = await platform.functions.startApp({
      rootDirectory: app.directory,
      log,
      overrides: {
        name: app.name,
        settings: app.settings,
        ...(app.functions && { functions: app.functions }),
      },
      sharedFront,
      host: settings.address ?? hosting.address,
      port: app.port,
      start: 'lazy',
      idleStopMs: hosting.idleStopMs,
      isAuthEnabled: settings.isAuthEnabled,
      isWatching: settings.isWatching,
      tls: tlsOf(platform, settings),
    })
    follow(running)
    return running
  } catch (error) {
    return ensureError(error)
  }
}

function tlsOf(platform: Platform, { certificate }: StartSettings) {
  return certificate ? async () => certificate : () => platform.tls()
}

function renderFailure({ name, location }: HostedApp, error: Error, { terminal }: CommandContext): string {
  const { hint = 'The lines above may tell more.', location: place = location } = error as Partial<UserError>
  const message = `The app '${name}' cannot start: ${error.message}`
  return renderUserError(new UserError(message, { hint, location: place }), terminal.colors)
}

/** Says how many apps are ready while it takes long: the first time, each is started once to be known. */
class Progress {
  readonly #timer: { cancel(): void }
  #ready = 0

  constructor(count: number, output: LineOutput, clock: Clock) {
    this.#timer = clock
      .every(progressMs, () => {
        output.print(`${this.#ready} of ${count} apps are ready ...\n`)
        output.flush()
      })
      .unref()
  }

  step(): void {
    this.#ready++
  }

  end(): void {
    this.#timer.cancel()
  }
}
