/** Runs `aloft durable serve` in this process. */
import { systemClock } from '@aloft/kernel'
import picocolors from 'picocolors'
import { runCli } from '../../src/index.ts'

export interface ServedDurable {
  readonly address: string
  readonly output: string
  readonly errors: string
  /** Ctrl+C; resolves to the exit code. */
  end(): Promise<number>
}

/** Resolves when it listens, or has given up. */
export async function serveDurable(
  directory: string,
  port = '0',
  option: '--grpc-port' | '--port' = '--grpc-port',
): Promise<ServedDurable> {
  const stop = new AbortController()
  const listening = Promise.withResolvers<void>()
  let output = ''
  let errors = ''
  const exit = runCli(['durable', 'serve', option, port], {
    terminal: {
      isInteractive: false,
      colors: picocolors.createColors(false),
      write(text) {
        output += text
        if (text.startsWith('Data:')) listening.resolve()
      },
      writeError(text) {
        errors += text
      },
      ask: async () => undefined,
    },
    clock: systemClock,
    directory,
    environment: {},
    stopSignal: () => stop.signal,
  })
  await Promise.race([listening.promise, exit])
  return {
    address: `127.0.0.1:${/localhost:(\d+)/.exec(output)?.[1]}`,
    get output() {
      return output
    },
    get errors() {
      return errors
    },
    async end() {
      stop.abort()
      return await exit
    },
  }
}
