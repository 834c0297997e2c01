export * from './typed-data.ts'
export * from './worker-protocol.ts'
