/** The `aloft` command. */
import { systemClock } from '@aloft/kernel'
import { restoreDropped } from './dropped-environment.ts'
import { runCli } from './run.ts'
import { stopSignal } from './stop-signal.ts'
import { processTerminal } from './terminal.ts'

// Whoever reads the output may go away first: `aloft start | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

restoreDropped(process.env)
const exitCode = await runCli(process.argv.slice(2), {
  terminal: processTerminal(),
  clock: systemClock,
  directory: process.cwd(),
  environment: process.env,
  stopSignal,
})
// Not left to Node.js: an app that never came up would keep the process from ending.
process.stdout.write('', () => process.exit(exitCode))
