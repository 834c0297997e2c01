/** A front on a real server, with functions that are plain code in this process. */
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import {
  type Clock,
  type FunctionDefinition,
  HttpListener,
  type InvocationResult,
  Logger,
  type LogRecord,
} from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import type { RpcHttp, TypedData } from '@aloft/wire'
import type { RouteTable } from '@aloft/wire/http'
import type {
  AppConfiguration,
  ForwardTarget,
  HttpInvocationInput,
  HttpInvoker,
  KeyRing,
} from '../../src/contracts.ts'
import { AppGate, httpApp } from '../../src/http/app-gate.ts'
import { directFront } from '../../src/http/direct-front.ts'
import type { HttpFrontOptions } from '../../src/http/exchange.ts'
import { httpFront } from '../../src/http/front.ts'
import type { ProxyTarget } from '../../src/http/proxy-route.ts'
import { WebhookRegistry } from '../../src/http/webhooks.ts'

/** A function's code: gets the request, returns the value, or throws to fail. */
export type Code = (http: RpcHttp, input: HttpInvocationInput) => unknown

export interface TestFunction {
  readonly trigger?: Record<string, unknown>
  readonly isDisabled?: boolean
  readonly code?: Code
}

export function functionDefinition(name: string, options: TestFunction = {}): FunctionDefinition {
  const trigger = {
    name: 'req',
    type: 'httpTrigger',
    direction: 'in' as const,
    dataType: 'undefined' as const,
    authLevel: 'anonymous',
    ...options.trigger,
  }
  return {
    name,
    id: name,
    bindings: [trigger],
    trigger,
    retry: undefined,
    isDisabled: options.isDisabled ?? false,
    language: 'node',
    scriptFile: `/app/${name}.js`,
    entryPoint: '',
  }
}

/** Where a worker has its own server, for `HttpInvocationInput.forward`. */
export function forwardTarget(invocationId: string, origin: string): ForwardTarget {
  return { invocationId, origin, path: undefined, headers: [] }
}

/** Runs the code of `functions`; what it throws is a failed invocation. */
export function plainInvoker(functions: Readonly<Record<string, TestFunction>>): HttpInvoker {
  return {
    takesRequests: () => false,
    async invoke(name, input) {
      const result = { invocationId: 'id', durationMs: 0, error: undefined }
      try {
        const returnValue = await functions[name]?.code?.(input.data.http ?? {}, input)
        return { ...result, status: 'succeeded', returnValue: returnValue as TypedData | undefined }
      } catch (error) {
        return { ...result, status: 'failed', returnValue: undefined, error: error as Error }
      }
    },
  }
}

export const noKeys: KeyRing = { levelOf: () => undefined, isSystemKey: () => false }

export interface FrontFixtureOptions extends Partial<Omit<HttpFrontOptions, 'gate'>> {
  readonly functions?: Readonly<Record<string, TestFunction>>
  readonly invoker?: HttpInvoker
  readonly http?: Partial<AppConfiguration['host']['http']>
  readonly settings?: Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly proxies?: RouteTable<ProxyTarget>
  /** Asked only with `http.refusesWhenOverloaded`. @default always true */
  readonly isOverloaded?: () => boolean
}

export interface FrontFixture extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Tells of each request that is not answered directly. */
  readonly requests: EventEmitter<{ request: [IncomingMessage] }>
  readonly gate: AppGate
  readonly logged: LogRecord[]
  /** Lets requests through to the app. */
  open(): void
}

/** Starts a server whose gate is shut; call `open`. */
export async function startShut(options: FrontFixtureOptions = {}): Promise<FrontFixture> {
  const {
    functions = {},
    invoker = plainInvoker(functions),
    http,
    settings = {},
    proxies,
    isOverloaded = () => true,
    ...front
  } = options
  const clock = options.clock ?? new VirtualClock()
  const logged: LogRecord[] = []
  const gate = new AppGate(clock)
  const frontOptions: HttpFrontOptions = {
    gate,
    clock,
    log: new Logger(clock, [{ write: (record) => logged.push(record) }]),
    appName: 'shop',
    keys: noKeys,
    isAuthEnabled: false,
    cors: { origins: [], allowCredentials: false },
    forwardedHeaders: 'ignored',
    admin: async () => undefined,
    webhooks: new WebhookRegistry(),
    ...front,
  }
  const handle = httpFront(frontOptions)
  const requests: FrontFixture['requests'] = new EventEmitter()
  const listener = await HttpListener.open({
    host: '127.0.0.1',
    port: 0,
    direct: directFront(frontOptions),
    handler(request, response) {
      handle(request, response)
      requests.emit('request', request)
    },
  })
  const { port } = listener
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    gate,
    logged,
    open: () =>
      gate.open(
        httpApp({
          configuration: configuration(http, settings),
          functions: definitions(functions),
          invoker,
          proxies,
          isAuthEnabled: frontOptions.isAuthEnabled,
          isOverloaded,
        }),
      ),
    async [Symbol.asyncDispose]() {
      await listener.close({ graceMs: 0 })
    },
  }
}

/** Starts a server with a running app. */
export async function startFront(options: FrontFixtureOptions = {}): Promise<FrontFixture> {
  const fixture = await startShut(options)
  fixture.open()
  return fixture
}

function definitions(functions: Readonly<Record<string, TestFunction>>): FunctionDefinition[] {
  return Object.entries(functions).map(([name, options]) => functionDefinition(name, options))
}

function configuration(
  http: FrontFixtureOptions['http'],
  settings: Readonly<Record<string, string>>,
): AppConfiguration {
  const parts = {
    context: { setting: (name: string) => settings[name] },
    host: {
      http: {
        routePrefix: 'api',
        maxOutstandingRequests: -1,
        maxConcurrentRequests: -1,
        refusesWhenOverloaded: false,
        customHeaders: {},
        hsts: undefined,
        ...http,
      },
    },
  }
  // The front reads nothing else of an app's configuration.
  return parts as unknown as AppConfiguration
}

export function text(body: string): TypedData {
  return { http: { statusCode: '200', body: { string: body } } }
}

export type { InvocationResult }
