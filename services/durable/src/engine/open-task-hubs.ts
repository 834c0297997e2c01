import type { Engine } from '@aloft/engine'
import { type Clock, type Logger, newId } from '@aloft/kernel'
import type { Executor } from '../contracts.ts'
import type { HubOptions } from './hub-options.ts'
import type { TaskHub } from './task-hub.ts'

export interface TaskHubsOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  /** Makes UUIDs; tests give their own. @default the kernel's */
  readonly makeId?: () => string
}

/** The task hubs of this process. */
export interface TaskHubs {
  /**
   * Opens a hub, making it when it is not there, and takes up its unfinished work. Names are matched without case.
   * A hub can be open once in a process.
   */
  hub(name: string, executor: Executor, options?: Partial<HubOptions>): Promise<TaskHub>
  /** Of all hubs that hold something, open or not. */
  names(): Promise<readonly string[]>
  /** Deletes a hub that is not open, with all that is in it. */
  remove(name: string): Promise<void>
  /** Closes all hubs. */
  close(): Promise<void>
}

/** Prepares the tables; hubs are opened one by one. */
export async function openTaskHubs(options: TaskHubsOptions): Promise<TaskHubs> {
  throw new Error(`not yet ${String(options.makeId ?? newId)}`)
}
