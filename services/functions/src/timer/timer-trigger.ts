/** `timerTrigger`: runs a function on a schedule (section "Timer trigger for Azure Functions" of the docs). */
import type { Engine } from '@aloft/engine'
import {
  type AppContext,
  type BindingDefinition,
  type Clock,
  ensureError,
  type HostFiles,
  type TriggerExtension,
  UserError,
} from '@aloft/kernel'
import { parseSchedule } from './schedule.ts'
import { type TimeZone, timeZone } from './time-zone.ts'
import { timerInput } from './timer-info.ts'
import { TimerListener, type TimerOptions } from './timer-listener.ts'
import { readStatus, timerMigration } from './timer-status.ts'

export interface TimerTriggerOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly hostFiles?: HostFiles | undefined
}

const defaultLock = { periodMs: 60_000, recoveryMs: 60_000 }

export function timerTrigger(options: TimerTriggerOptions): TriggerExtension {
  const { engine, clock, hostFiles } = options
  return {
    type: 'timerTrigger',
    validate: (binding, app) => void readTimer(binding, app),
    listen(context) {
      const timer = readTimer(context.binding, context.app)
      return new TimerListener({
        engine,
        clock,
        context,
        timer,
        lock: context.app.listenerLock ?? defaultLock,
        hostFiles,
      })
    },
    async manualInput({ app, function: definition, binding }) {
      const { schedule, zone, isMonitored } = readTimer(binding, app)
      await engine.database.migrate(timerMigration)
      const key = { hostId: app.hostId, functionName: definition.name }
      const status = isMonitored
        ? await engine.database.read((snapshot) => readStatus(snapshot, key))
        : undefined
      return timerInput({ schedule, zone, status, isPastDue: false, now: clock.now() })
    },
  }
}

/** Throws UserError, naming the option, when the binding is not valid. */
function readTimer(binding: BindingDefinition, app: AppContext): TimerOptions {
  const expression = option(binding, 'schedule')
  if (typeof expression !== 'string' || expression.trim() === '') {
    throw new UserError(`The timer trigger '${binding.name}' has no 'schedule'.`, {
      hint: 'Write an NCRONTAB expression such as "0 */5 * * * *".',
    })
  }
  const zone = zoneOf(app)
  const schedule = parseSchedule(expression, zone)
  return {
    schedule,
    zone,
    isRunOnStartup: booleanOption(binding, 'runOnStartup', 'false'),
    isMonitored: booleanOption(binding, 'useMonitor', 'true') && !schedule.isSubMinute,
  }
}

/** `WEBSITE_TIME_ZONE` first, as on Windows; then `TZ`, as on Linux; else UTC. */
function zoneOf(app: AppContext): TimeZone {
  for (const setting of ['WEBSITE_TIME_ZONE', 'TZ']) {
    const name = app.setting(setting)?.trim().replace(/^:/, '')
    if (!name) continue
    try {
      return timeZone(name)
    } catch (error) {
      throw new UserError(`The app setting '${setting}' names no time zone: ${ensureError(error).message}`, {
        hint: error instanceof UserError ? error.hint : undefined,
      })
    }
  }
  return timeZone('UTC')
}

/** Text comes from `%SETTING%`. */
function booleanOption(binding: BindingDefinition, name: string, fallback: 'true' | 'false'): boolean {
  const value = String(option(binding, name) ?? fallback).toLowerCase()
  if (value === 'true' || value === 'false') return value === 'true'
  throw new UserError(
    `'${name}' of the timer trigger '${binding.name}' must be true or false, but is '${value}'.`,
  )
}

/** Names ignore case, as in the host. */
function option(binding: BindingDefinition, name: string): unknown {
  const key = Object.keys(binding).find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : binding[key]
}
