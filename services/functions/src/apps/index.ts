/** Several apps in one process: what they share, and what lets one that rests cost nothing. */
export { type AppHandlers, AppNames, hostLabel, hostNameOf } from './app-names.ts'
export { IndexCache, isSameRegistration, type Registration } from './index-cache.ts'
export { SharedFront } from './shared-front.ts'
export { Turns } from './turns.ts'
