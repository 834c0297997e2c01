/** The address of an app in its own settings: its environment names the host and port under which it is reached. */
import type { LoadOptions } from './app/index.ts'
import type { AppFrontOptions } from './app-front.ts'
import { hostLabel, hostNameOf } from './apps/index.ts'

type Addressed = Pick<AppFrontOptions, 'sharedFront' | 'port'> & { readonly load: LoadOptions }

/** An app that answers under its name only has the address of that. */
export function withHostName<Options extends Addressed>(options: Options): Options {
  const { sharedFront, port, load } = options
  const name = hostLabel(load.overrides?.name ?? '')
  if (!sharedFront || port !== undefined || name === undefined) return options
  return withOverrides(options, { hostName: hostNameOf(name, sharedFront.port) })
}

export function withOverrides<Options extends Addressed>(
  options: Options,
  overrides: LoadOptions['overrides'],
): Options {
  const { load } = options
  return { ...options, load: { ...load, overrides: { ...load.overrides, ...overrides } } }
}
