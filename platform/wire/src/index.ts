export * from './frame-reader.ts'
export * from './frame-writer.ts'
export * from './typed-data.ts'
export * from './worker-protocol.ts'
