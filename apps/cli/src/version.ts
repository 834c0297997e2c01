/** Aloft's version: that of this package. */
import packageJson from '../package.json' with { type: 'json' }

export const version: string = packageJson.version
