/** Aloft's version: that of this package. */
import packageJson from '../package.json' with { type: 'json' }

/** The Core Tools whose words and lines Aloft follows. */
export const coreToolsVersion = '4.14.0'

export const version: string = packageJson.version
