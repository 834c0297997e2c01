/** Running apps: all that `aloft start` and `aloft demo` need of this folder. */
export { findAppFolders } from './app-folders.ts'
export { runApps } from './run-apps.ts'
export { readStartSettings } from './start-settings.ts'
