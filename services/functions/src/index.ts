export { type BundleTemplate, promptsOf } from './admin/index.ts'
export { isApp, loadApp } from './app/index.ts'
export type { SharedFront } from './apps/index.ts'
export type { AppConfiguration, FunctionProblem } from './contracts.ts'
export {
  type AppOptions,
  FunctionsHost,
  type FunctionsHostOptions,
  packageDirectory,
  startStandby,
} from './functions-host.ts'
export { readUsageReport, type Usage, type UsageReport } from './metering/index.ts'
export type { ProxyDefinition } from './proxies/index.ts'
export type { RunningApp } from './running-app.ts'
export { hostVersion } from './version.ts'
