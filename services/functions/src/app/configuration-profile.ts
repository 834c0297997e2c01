/** host.json `configurationProfile`: a named set of values for what the file leaves open (host `HostConfigurationProfile`). */
import { findEntry, readString, type Section, wrongValue } from './config-section.ts'
import { hasValue, withValue } from './value-at-path.ts'

type Profile = readonly { readonly path: readonly string[]; readonly value: unknown }[]

const profiles = new Map<string, Profile>([
  ['', []],
  ['default', []],
  [
    // A server made with an SDK of the Model Context Protocol, behind one route that takes everything.
    'mcp-custom-handler',
    [
      { path: ['customHandler', 'enableProxyingHttpRequest'], value: true },
      { path: ['customHandler', 'http', 'routes', '0', 'route'], value: '{*route}' },
      { path: ['extensions', 'http', 'routePrefix'], value: '' },
    ],
  ],
])

/** Puts in the values of the profile that the file names. Throws a UserError for one that does not exist. */
export function withProfile(root: Section): Section {
  const name = readString(root, 'configurationProfile') ?? ''
  const profile = profiles.get(name.toLowerCase())
  if (!profile) {
    const entry = findEntry(root.values, 'configurationProfile') ?? {
      key: 'configurationProfile',
      value: name,
    }
    throw wrongValue(root, entry, `one of ${[...profiles.keys()].filter((known) => known !== '').join(', ')}`)
  }
  let values = root.values
  for (const { path, value } of profile)
    if (!hasValue(values, path)) values = withValue(values, path, value) as Section['values']
  return { ...root, values }
}
