/** The `aloft` command as a function, and the platform that it opens, for tests and benchmarks. */
export { openPlatform, type Platform, type PlatformOptions } from './compose.ts'
export { runCli } from './run.ts'
export type { CommandContext, Terminal } from './terminal.ts'
