/** For tests: a clock that tests turn by hand. */
export * from './virtual-clock.ts'
