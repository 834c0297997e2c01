/** The `aloft` command as a function, for tests and benchmarks. */
export { runCli } from './run.ts'
export type { CommandContext, Terminal } from './terminal.ts'
