/** How much a package may hold. */
export interface PackageLimits {
  /** Of the zip file. */
  readonly maxPackageBytes: number
  /** Of all its files together. */
  readonly maxContentBytes: number
  readonly maxEntries: number
}

export const packageLimits: PackageLimits = {
  // "The ZIP file can be at most 1 GB" (Microsoft Learn, "Run your functions from a package file in Azure").
  maxPackageBytes: 2 ** 30,
  // A small file that becomes a large one is a mistake or an attack; no tree of packages comes near to this.
  maxContentBytes: 4 * 2 ** 30,
  maxEntries: 300_000,
}

/** An address that sends nothing for so long is given up. */
export const fetchSilenceMs = 60_000
