/** Apps that come as zip files: what the rest of the host needs of this room. */
export { type AppPlace, findAppPlace, nameOfPlace, namesPackage, openContent } from './app-content.ts'
export { PackageFolders } from './package-folders.ts'
export { problemPage } from './problem-page.ts'
export { watchPackage } from './watch-package.ts'
