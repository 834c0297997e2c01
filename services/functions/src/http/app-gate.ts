/** The app behind the front: it starts, runs, restarts and goes offline while the listener stays. */
import type { Clock, FunctionDefinition } from '@aloft/kernel'
import type { LentTable } from '@aloft/wire'
import type { RouteTable } from '@aloft/wire/http'
import type { AppConfiguration, HttpConfiguration, HttpInvoker } from '../contracts.ts'
import { authLevels, functionRoutes, type HttpTarget } from './function-routes.ts'
import { lentTable } from './lent-table.ts'
import { defaultMaxBodyBytes, maxStartWaitMs } from './limits.ts'
import type { ProxyTarget } from './proxy-route.ts'
import { Throttle } from './throttle.ts'

/** A running app, compiled for the hot path. */
export interface HttpApp {
  readonly invoker: HttpInvoker
  readonly routes: RouteTable<HttpTarget>
  /** Looked at before `routes`; undefined without proxies. */
  readonly proxies: RouteTable<ProxyTarget> | undefined
  readonly throttle: Throttle
  readonly maxBodyBytes: number
  /** What workers may answer by themselves; undefined = nothing. */
  readonly lentTable: LentTable | undefined
  /** Flat; added to every reply that has none of that name. */
  readonly customHeaders: readonly string[]
  /** `Strict-Transport-Security` for replies over TLS, but not to these hosts (lower case, without port). */
  readonly strictTransport:
    | { readonly value: string; readonly excludedHosts: ReadonlySet<string> }
    | undefined
  readonly hasHomepage: boolean
}

export interface HttpAppOptions {
  readonly configuration: AppConfiguration
  readonly functions: readonly FunctionDefinition[]
  readonly invoker: HttpInvoker
  readonly proxies: RouteTable<ProxyTarget> | undefined
  readonly isAuthEnabled: boolean
  /** Asked only when host.json has `dynamicThrottlesEnabled`. */
  isOverloaded(): boolean
}

/** Compiles what the front needs of an app. Functions whose routes are unsound are left out. */
export function httpApp(options: HttpAppOptions): HttpApp {
  const { configuration, functions, invoker, proxies } = options
  const { http } = configuration.host
  const setting = (name: string) => configuration.context.setting(name)
  const bodyLimit = Number(setting('FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'))
  const maxBodyBytes = Number.isSafeInteger(bodyLimit) && bodyLimit > 0 ? bodyLimit : defaultMaxBodyBytes
  const throttle = new Throttle({
    maxOutstanding: http.maxOutstandingRequests,
    maxConcurrent: http.maxConcurrentRequests,
    isOverloaded: http.refusesWhenOverloaded ? () => options.isOverloaded() : undefined,
  })
  // Proxies, limits and rules that look at the address are the host's.
  const isLendable = !proxies && throttle.isOpen && !http.hsts
  const openLevels = options.isAuthEnabled ? (['anonymous'] as const) : authLevels
  return {
    invoker,
    routes: functionRoutes(functions, http.routePrefix),
    proxies,
    throttle,
    maxBodyBytes,
    lentTable: isLendable ? lentTable({ http, functions, invoker, maxBodyBytes, openLevels }) : undefined,
    customHeaders: Object.entries(http.customHeaders).flat(),
    strictTransport: http.hsts && strictTransport(http.hsts),
    hasHomepage: setting('AzureWebJobsDisableHomepage')?.toLowerCase() !== 'true',
  }
}

function strictTransport(
  hsts: NonNullable<HttpConfiguration['hsts']>,
): NonNullable<HttpApp['strictTransport']> {
  const flags = [
    ...(hsts.includeSubDomains ? ['includeSubDomains'] : []),
    ...(hsts.preload ? ['preload'] : []),
  ]
  return {
    value: [`max-age=${hsts.maxAgeSeconds}`, ...flags].join('; '),
    excludedHosts: new Set(hsts.excludedHosts.map((host) => host.toLowerCase())),
  }
}

/** Lets requests through to the app that runs, and has them wait for one that starts. Shut at first. */
export class AppGate {
  readonly #clock: Clock
  #app: HttpApp | undefined
  #offlinePage: string | undefined
  #wake: (() => Promise<unknown>) | undefined
  #isRefusing = false
  #waiting = new Set<(app: HttpApp | undefined) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The running app. */
  get app(): HttpApp | undefined {
    return this.#app
  }

  /** The text of `app_offline.htm` while the app is offline. */
  get offlinePage(): string | undefined {
    return this.#offlinePage
  }

  /** Whether the app is down for being overloaded, and has no requests wait for it. */
  get isRefusing(): boolean {
    return this.#isRefusing
  }

  /** Whether requests wait for the app. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0
  }

  /** The app is ready: requests go to it, those that wait first. */
  open(app: HttpApp): void {
    this.shut()
    this.#app = app
    this.#release(app)
  }

  /** The app starts or restarts: requests wait. */
  shut(): void {
    this.#app?.invoker.recall?.()
    this.#offlinePage = undefined
    this.#app = undefined
    this.#wake = undefined
    this.#isRefusing = false
  }

  /** The app is overloaded and down: every request gets 429. */
  refuse(): void {
    this.shut()
    this.#isRefusing = true
    this.#release(undefined)
  }

  /**
   * The app rests: every request to come calls `wake`, and waits until the app is open. When `wake` rejects, those
   * who wait get no app.
   */
  rest(wake: () => Promise<unknown>): void {
    this.shut()
    this.#wake = wake
  }

  /** The app is offline: every request gets 503 and this page. */
  takeOffline(page: string): void {
    this.shut()
    this.#offlinePage = page
    this.#release(undefined)
  }

  /** The app does not open any more: those who wait get none. */
  giveUp(): void {
    this.#release(undefined)
  }

  /** The running app, waited for; undefined when none came in time, or the app is offline or overloaded. */
  ready(): Promise<HttpApp | undefined> {
    if (this.#app || this.#offlinePage !== undefined || this.#isRefusing) return Promise.resolve(this.#app)
    return new Promise((resolve) => {
      const settle = (app: HttpApp | undefined) => {
        timer.cancel()
        this.#waiting.delete(settle)
        resolve(app)
      }
      const timer = this.#clock.after(maxStartWaitMs, () => settle(undefined))
      this.#waiting.add(settle)
      this.#wake?.().catch(() => this.#release(undefined))
    })
  }

  #release(app: HttpApp | undefined): void {
    for (const settle of [...this.#waiting]) settle(app)
  }
}
