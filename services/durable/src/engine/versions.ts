/**
 * Which versions of orchestrations this host may run (Azure documentation, "Orchestration versioning in Durable
 * Functions").
 */
import type { HubOptions } from './hub-options.ts'

/** Two to four numbers, as .NET's `System.Version`. */
const dotted = /^\d+(\.\d+){1,3}$/

export function mayRun(
  version: string | null,
  { defaultVersion, versionMatch }: Pick<HubOptions, 'defaultVersion' | 'versionMatch'>,
): boolean {
  // Without a version of its own a host runs everything, as upstream.
  if (versionMatch === 'None' || !defaultVersion) return true
  const order = compareVersions(version ?? '', defaultVersion)
  return versionMatch === 'Strict' ? order === 0 : order <= 0
}

/** Negative when `a` is older. Nothing is older than anything. */
export function compareVersions(a: string, b: string): number {
  if (a === '' || b === '') return Math.sign(a.length - b.length)
  if (!dotted.test(a) || !dotted.test(b)) {
    const [left, right] = [a.toUpperCase(), b.toUpperCase()]
    return left < right ? -1 : Number(left > right)
  }
  const [left, right] = [a, b].map((text) => text.split('.').map(Number))
  for (let index = 0; index < 4; index++) {
    // In .NET a missing part is less than zero.
    const difference = (left?.[index] ?? -1) - (right?.[index] ?? -1)
    if (difference !== 0) return difference
  }
  return 0
}
