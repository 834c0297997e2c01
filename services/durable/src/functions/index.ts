export { type DurableOptions, readDurableOptions } from './durable-options.ts'
export { type Durable, type DurableServiceOptions, openDurable } from './open-durable.ts'
