/** What all proxies of an app share. */
import type { Clock, Logger, TelemetrySink } from '@aloft/kernel'
import type { AppConfiguration } from '../contracts.ts'
import { TraceStore } from './traces.ts'

export interface ProxyServices {
  readonly appName: string
  readonly clock: Clock
  readonly log: Logger
  readonly telemetry: TelemetrySink | undefined
  readonly traces: TraceStore
  /** Proxies count as functions: their back ends have as long as those. Undefined = for ever. */
  readonly timeoutMs: number | undefined
  /** `WEBSITE_HOSTNAME`: back ends of this name are the app itself, as those named `localhost` are. */
  readonly hostName: string | undefined
  /** `AZURE_FUNCTION_PROXY_DISABLE_LOCAL_CALL`: calls to the app itself go over HTTP too. */
  readonly callsItselfOverHttp: boolean
  /** `AZURE_FUNCTION_PROXY_BACKEND_URL_DECODE_SLASHES` */
  readonly decodesSlashes: boolean
}

export interface ProxyServicesOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly telemetry: TelemetrySink | undefined
}

export function proxyServices(
  { context, host }: AppConfiguration,
  options: ProxyServicesOptions,
): ProxyServices {
  const isOn = (name: string) => /^\s*(?:true|1)\s*$/i.test(context.setting(name) ?? '')
  const { clock, log, telemetry } = options
  return {
    appName: context.name,
    clock,
    log,
    telemetry,
    traces: new TraceStore(),
    timeoutMs: host.functionTimeoutMs,
    hostName: context.setting('WEBSITE_HOSTNAME')?.toLowerCase(),
    callsItselfOverHttp: isOn('AZURE_FUNCTION_PROXY_DISABLE_LOCAL_CALL'),
    decodesSlashes: isOn('AZURE_FUNCTION_PROXY_BACKEND_URL_DECODE_SLASHES'),
  }
}
