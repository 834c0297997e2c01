/** The storage in a data folder, opened without the rest of the platform. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Engine, openEngine } from '@aloft/engine'
import { isAtLeast, Logger, type LogSink, UserError } from '@aloft/kernel'
import { openStorage, parseAzuriteAccounts, type StorageService } from '@aloft/storage'
import type { DataCall } from './storage-call.ts'

/** Warnings and errors go to standard error. */
export function warnings({ context }: DataCall): Logger {
  const sink: LogSink = {
    isEnabled: (level) => isAtLeast(level, 'warning'),
    write: ({ message }) => context.terminal.writeError(`${message}\n`),
  }
  return new Logger(context.clock, [sink])
}

export function openData({ directory, context }: DataCall, log: Logger): Promise<Engine> {
  return openEngine({ directory, clock: context.clock, log })
}

/** Runs `work` on the storage of the folder, which listens nowhere. @throws UserError when there is none */
export async function withStorage<Result>(
  call: DataCall,
  work: (storage: StorageService) => Promise<Result>,
): Promise<Result> {
  const { directory, context } = call
  if (!existsSync(join(directory, 'engine.db')))
    throw new UserError(`There is no data in ${directory}`, {
      hint: 'Run an app or the storage first, or name its data folder with --data DIR.',
    })
  const log = warnings(call)
  await using stack = new AsyncDisposableStack()
  const engine = stack.adopt(await openData(call, log), (each) => each.close())
  const accounts = parseAzuriteAccounts(context.environment.AZURITE_ACCOUNTS)
  const storage = stack.adopt(await openStorage({ engine, clock: context.clock, log, accounts }), (each) =>
    each.close(),
  )
  return await work(storage)
}
