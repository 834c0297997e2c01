/** `aloft durable delete-task-hub`: deletes a hub of a data folder, with all that is in it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openTaskHubs } from '@aloft/durable'
import { openEngine } from '@aloft/engine'
import { Logger, UserError } from '@aloft/kernel'
import { dataDirectory } from '../data-directory.ts'
import type { DurableCall } from './durable-call.ts'

/** No process may have the folder open. */
export async function deleteTaskHub({ options, operands, context }: DurableCall): Promise<void> {
  const directory = dataDirectory(options.data, context.directory, context)
  const name = options['task-hub-name'] ?? operands[0]
  if (!name) throw new UserError('Which task hub?', { hint: 'Name it: --task-hub-name NAME.' })
  if (!existsSync(join(directory, 'engine.db')))
    throw new UserError(`There is no data in ${directory}`, {
      hint: 'Name the data folder of the app: --data DIR.',
    })
  const { clock } = context
  const log = new Logger(clock, [])
  await using stack = new AsyncDisposableStack()
  const engine = stack.adopt(await openEngine({ directory, clock, log }), (each) => each.close())
  const hubs = stack.adopt(await openTaskHubs({ engine, clock, log }), (each) => each.close())
  const names = await hubs.names()
  if (!names.some((each) => each.toLowerCase() === name.toLowerCase()))
    throw new UserError(`There is no task hub '${name}'`, {
      hint: names.length === 0 ? 'There is none.' : `There are: ${names.join(', ')}.`,
    })
  await hubs.remove(name)
  context.terminal.write(`Task hub '${name}' is deleted.\n`)
}
