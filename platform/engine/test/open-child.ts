/** Opens the engine in the folder named by the argument, says how that went, and waits to be ended. */
import { openEngine } from '@aloft/engine'
import { Logger, systemClock } from '@aloft/kernel'

try {
  await openEngine({ directory: process.argv[2] ?? '', clock: systemClock, log: new Logger(systemClock, []) })
  process.stdout.write('open\n')
} catch (error) {
  process.stdout.write(`${error instanceof Error ? `${error.name} ${error.message}` : error}\n`)
}
process.stdin.resume()
