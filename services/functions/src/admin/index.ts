export { type AdminApiOptions, adminApi, adminEndpoints } from './admin-api.ts'
export { type FunctionMetadata, functionMetadata } from './function-metadata.ts'
export { type RunByHandOptions, runByHand } from './run-by-hand.ts'
export type { AdminTarget, HostState } from './target.ts'
