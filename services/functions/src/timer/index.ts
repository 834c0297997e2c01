/** The timer trigger. */
export { type TimerTriggerOptions, timerTrigger } from './timer-trigger.ts'
