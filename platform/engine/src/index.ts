export * from './contracts.ts'
export * from './errors.ts'
export { type EngineOptions, openEngine } from './open-engine.ts'
export { readData } from './read-data.ts'
