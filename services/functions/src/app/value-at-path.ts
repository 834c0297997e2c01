/** Values deep in a configuration, by the keys that lead there. Keys ignore case; numbers stand for places in a list. */
import { findEntry, isObject } from './config-section.ts'

/** `path` in the spelling of the keys that exist already. */
export function spellPath(values: unknown, path: readonly string[]): string[] {
  let current = values
  return path.map((part) => {
    const entry = isObject(current) ? findEntry(current, part) : undefined
    current = Array.isArray(current) ? current[Number(part)] : entry?.value
    return entry?.key ?? part
  })
}

/** Whether there is anything but `null`. */
export function hasValue(values: unknown, path: readonly string[]): boolean {
  let current = values
  for (const part of path) {
    const entry = isObject(current) ? findEntry(current, part) : undefined
    current = Array.isArray(current) ? current[Number(part)] : entry?.value
  }
  return current !== undefined && current !== null
}

/** A copy of `target` with `value` at `path`; what is absent is made, as an array when the key is a number. */
export function withValue(target: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  const index = /^\d{1,4}$/.test(key) ? Number(key) : undefined
  if (index !== undefined && !isObject(target)) {
    const items = Array.isArray(target) ? [...target] : []
    items[Math.min(index, items.length)] = withValue(items[index], rest, value)
    return items
  }
  const object = isObject(target) ? target : {}
  return { ...object, [key]: withValue(object[key], rest, value) }
}
