export type { AppConfiguration, FunctionProblem } from './contracts.ts'
export { type AppOptions, FunctionsHost, type FunctionsHostOptions } from './functions-host.ts'
export type { RunningApp } from './running-app.ts'
export { hostVersion } from './version.ts'
