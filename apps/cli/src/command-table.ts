/** All commands, and the other words by which `func` users know them. */
import type { Command } from './command.ts'

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  /** Word sequences that mean the same, e.g. `host start`. */
  readonly aliases: readonly string[]
  load(): Promise<AnyCommand>
}

/** The table cannot know each command's own options. */
export type AnyCommand = Pick<Command, 'usage' | 'description' | 'options' | 'examples' | 'maxOperands'> & {
  run: Command['run']
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'start',
    summary: 'Run the function app in this folder',
    aliases: ['host start'],
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'up',
    summary: 'Run the apps that a file lists',
    aliases: [],
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    name: 'init',
    summary: 'Make a new function app',
    aliases: [],
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'new',
    summary: 'Add a function from a template',
    aliases: ['function new', 'function create', 'create'],
    load: async () => (await import('./commands/new.ts')).newFunction,
  },
  {
    name: 'logs',
    summary: 'Follow the log of apps that run',
    aliases: [],
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'templates',
    summary: 'Show the templates of new',
    aliases: [],
    load: async () => (await import('./commands/templates.ts')).templates,
  },
  {
    name: 'settings',
    summary: 'Read and change local.settings.json',
    aliases: [],
    load: async () => (await import('./commands/settings.ts')).settings,
  },
  {
    name: 'pack',
    summary: 'Make the zip file that Azure takes',
    aliases: [],
    load: async () => (await import('./commands/pack.ts')).pack,
  },
  {
    name: 'extensions',
    summary: 'Nothing: triggers and bindings are built in',
    aliases: [],
    load: async () => (await import('./commands/extensions.ts')).extensions,
  },
  {
    name: 'bundles',
    summary: 'The extension bundle that host.json names for Azure',
    aliases: ['bundle'],
    load: async () => (await import('./commands/bundles.ts')).bundles,
  },
  {
    name: 'demo',
    summary: 'Run the sample app and say what to try',
    aliases: [],
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'durable',
    summary: 'Look into orchestrations, and change them',
    aliases: [],
    load: async () => (await import('./commands/durable.ts')).durable,
  },
  {
    name: 'storage',
    summary: 'Look into blobs, queues and tables',
    aliases: [],
    load: async () => (await import('./commands/storage.ts')).storage,
  },
  {
    name: 'doctor',
    summary: 'Look for what keeps an app from running here',
    aliases: [],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'shim',
    summary: 'Write a func for the PATH that runs Aloft',
    aliases: [],
    load: async () => (await import('./commands/shim.ts')).shim,
  },
  {
    name: 'usage',
    summary: 'Show what functions used, and what Azure would charge',
    aliases: ['cost'],
    load: async () => (await import('./commands/usage.ts')).usage,
  },
  {
    name: 'trust',
    summary: 'Show how other programs trust the local certificate authority',
    aliases: [],
    load: async () => (await import('./commands/trust.ts')).trust,
  },
  {
    name: 'env',
    summary: "Show the environment for Azure's SDKs outside of Aloft",
    aliases: [],
    load: async () => (await import('./commands/env.ts')).env,
  },
  {
    name: 'completion',
    summary: 'Print a script for the completion of a shell',
    aliases: [],
    load: async () => (await import('./commands/completion.ts')).completion,
  },
]

/** Finds the command at the start of `words`; `rest` is what follows its name. */
export function findCommand(
  words: readonly string[],
): { readonly entry: CommandEntry; readonly rest: readonly string[] } | undefined {
  for (const entry of commands) {
    for (const name of [entry.name, ...entry.aliases]) {
      const parts = name.split(' ')
      if (parts.every((part, index) => words[index]?.toLowerCase() === part))
        return { entry, rest: words.slice(parts.length) }
    }
  }
  return undefined
}
