/** The `aloft` command. */
import { systemClock } from '@aloft/kernel'
import { runCli } from './run.ts'
import { stopSignal } from './stop-signal.ts'
import { processTerminal } from './terminal.ts'

process.exitCode = await runCli(process.argv.slice(2), {
  terminal: processTerminal(),
  clock: systemClock,
  directory: process.cwd(),
  environment: process.env,
  stopSignal,
})
