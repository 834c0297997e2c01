import type { AppContext } from '@aloft/kernel'

/**
 * Remembers what `make` makes of an app's settings, by a key of its own, for as long as that generation of the app
 * lives: settings do not change within one.
 */
export function perApp<Value>(
  make: (app: AppContext, key: string) => Value,
): (app: AppContext, key?: string) => Value {
  const known = new WeakMap<AppContext, Map<string, Value>>()
  return (app, key = '') => {
    let values = known.get(app)
    if (!values) {
      values = new Map()
      known.set(app, values)
    }
    const found = values.get(key)
    if (found !== undefined) return found
    const made = make(app, key)
    values.set(key, made)
    return made
  }
}
