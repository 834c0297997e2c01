/**
 * host.json `extensions.durableTask`, checked (Azure documentation, "Durable Functions host.json settings"). What
 * only Azure's storage needs is ignored.
 */
import { availableParallelism } from 'node:os'
import { type AppContext, parseTimeSpan, UserError } from '@aloft/kernel'
import type { HubOptions, RetentionRule } from '../engine/hub-options.ts'
import { replaceable } from '../engine/task-hub.ts'

export interface DurableOptions {
  /** As addresses, answers and logs name the hub. */
  readonly hubName: string
  /** As the data folder does: apps without a `hubName` do not share a hub by accident. */
  readonly storedHubName: string
  /** The setting that names the storage; only shown. */
  readonly connectionName: string
  readonly hub: Partial<HubOptions>
  /** Between polls of `callHttp` whose answer names no time. */
  readonly defaultHttpPollMs: number
  /** `completeWithOpenTasks`: Aloft's own. */
  readonly openTasks: 'waitFor' | 'leave'
  /** `preserveUnprocessedEvents`: Aloft's own. */
  readonly unusedEvents: 'kept' | 'dropped'
  /** `keepOrchestratorsWarm`: Aloft's own. */
  readonly orchestrators: 'kept' | 'replayed'
  /** Whether addresses in answers are made of the X-Forwarded headers. */
  readonly forwardedHost: 'used' | 'ignored'
  readonly notifications: NotificationOptions | undefined
}

/** `notifications.eventGrid`. */
export interface NotificationOptions {
  readonly topicEndpoint: string
  /** Of the topic. */
  readonly key: string
  readonly retryCount: number
  readonly retryIntervalMs: number
  /** Statuses after which it is tried again, besides 503 and no answer at all. */
  readonly retryStatuses: readonly number[]
  readonly events: readonly LifecycleName[]
}

export type LifecycleName = 'Started' | 'Completed' | 'Failed' | 'Terminated'

const lifecycleNames: readonly LifecycleName[] = ['Started', 'Completed', 'Failed', 'Terminated']
const maxRetryIntervalMs = 60 * 60_000

/** @throws UserError that names the option */
export function readDurableOptions(app: AppContext): DurableOptions {
  const section = new Options(app.extension('durableTask'), 'extensions.durableTask')
  const storage = section.section('storageProvider')
  const http = section.section('httpSettings')
  const perCore = 10 * availableParallelism()
  const states = section.oneOf('overridableExistingInstanceStates', ['NonRunningStates', 'AnyState'])
  return {
    ...hubNamesOf(app, section),
    connectionName:
      storage.text('connectionName') ?? storage.text('connectionStringName') ?? 'AzureWebJobsStorage',
    hub: {
      maxConcurrentActivities: section.positive('maxConcurrentActivityFunctions') ?? perCore,
      maxConcurrentOrchestrators: section.positive('maxConcurrentOrchestratorFunctions') ?? perCore,
      maxConcurrentEntities: section.positive('maxConcurrentEntityFunctions') ?? perCore,
      maxEntityBatchSize: section.positive('maxEntityOperationBatchSize') ?? 5000,
      maxOrchestrationActions: section.count('maxOrchestrationActions') ?? 100_000,
      replaceable: replaceable[states ?? 'NonRunningStates'],
      defaultVersion: section.text('defaultVersion') ?? null,
      versionMatch:
        section.oneOf('versionMatchStrategy', ['None', 'Strict', 'CurrentOrOlder']) ?? 'CurrentOrOlder',
      versionFailure: section.oneOf('versionFailureStrategy', ['Reject', 'Fail']) ?? 'Reject',
      retention: section.sections('retentionPolicies').map(readRetention),
    },
    defaultHttpPollMs: http.count('defaultAsyncRequestSleepTimeMilliseconds') ?? 30_000,
    openTasks: section.flag('completeWithOpenTasks') === true ? 'leave' : 'waitFor',
    unusedEvents: section.flag('preserveUnprocessedEvents') === false ? 'dropped' : 'kept',
    orchestrators: section.flag('keepOrchestratorsWarm') === false ? 'replayed' : 'kept',
    forwardedHost: http.flag('useForwardedHost') === true ? 'used' : 'ignored',
    notifications: readNotifications(app, section.section('notifications').section('eventGrid')),
  }
}

/** A name given by hand must be right; a made one is cut to what is allowed. */
function hubNamesOf(app: AppContext, section: Options): Pick<DurableOptions, 'hubName' | 'storedHubName'> {
  const given = section.text('hubName')
  const usual = usualHubName(app)
  if (given === undefined) {
    refuseSlot(app, usual)
    return { hubName: usual, storedHubName: appHubName(app) }
  }
  const name = given.replace(/%([^%]+)%/g, (_whole, setting: string) => {
    const value = app.setting(setting)
    if (value !== undefined) return value
    throw new UserError(
      `host.json: the hubName '${given}' names the app setting '${setting}', which is not there.`,
    )
  })
  if (!/^[a-z][a-z0-9]{2,44}$/i.test(name))
    throw new UserError(`host.json: '${name}' is no name for a task hub.`, {
      hint: 'Use 3 to 45 letters and digits that begin with a letter.',
    })
  return { hubName: name, storedHubName: name }
}

/** What Azure makes of the site's name; apps that run locally have none (`DurableTaskOptions.HubName`). */
function usualHubName(app: AppContext): string {
  const site = app.setting('WEBSITE_SITE_NAME')
  if (!site) return 'TestHubName'
  const name = site.replace(/[^a-z0-9]/gi, '').replace(/^(?=\d)/, 't')
  if (name === '') return 'DefaultTaskHub'
  return name.length < 3 ? `${name}Hub` : name.slice(0, 45)
}

/** Slots of an app must not work for one hub. */
function refuseSlot(app: AppContext, usual: string): void {
  const slot = app.setting('WEBSITE_SLOT_NAME')
  if (!slot || slot.toLowerCase() === 'production') return
  throw new UserError(
    `Task Hub name must be specified in host.json when using slots. Specified name must not equal the default HubName (${usual}).`,
    { hint: 'Set extensions.durableTask.hubName, e.g. to "%TaskHub%" with an app setting of the slot.' },
  )
}

function appHubName(app: AppContext): string {
  const name = app.name.replace(/[^a-z0-9]/gi, '').replace(/^\d+/, '')
  return name.length < 3 ? 'TestHubName' : name.slice(0, 45)
}

/** As the Durable Task Scheduler's auto-purge policies: how long to keep what has ended, by how it has. */
function readRetention(section: Options): RetentionRule {
  const days = section.text('retentionPeriodInDays')
  const keepMs = Number(days) * 24 * 3_600_000
  if (days === undefined || !(keepMs >= 0))
    throw section.wrong('retentionPeriodInDays', days ?? null, 'a number of days')
  const status = section.oneOf('orchestrationState', ['Completed', 'Failed', 'Terminated', 'Canceled'])
  return { keepMs, ...(status && { status }) }
}

/** azure-functions-durable-extension, `EventGridLifeCycleNotificationHelper`. */
function readNotifications(app: AppContext, section: Options): NotificationOptions | undefined {
  const endpoint = section.text('topicEndpoint')
  if (endpoint === undefined) return undefined
  const [, setting] = /^%([^%]+)%$/.exec(endpoint) ?? []
  const topicEndpoint = (setting && app.setting(setting)) ?? endpoint
  if (!URL.canParse(topicEndpoint)) throw section.wrong('topicEndpoint', topicEndpoint, 'an address')
  const interval = section.text('publishRetryInterval') ?? '00:05:00'
  const retryIntervalMs = parseTimeSpan(interval)
  if (!retryIntervalMs || retryIntervalMs < 0 || retryIntervalMs > maxRetryIntervalMs)
    throw section.wrong('publishRetryInterval', interval, 'a time span of at most an hour')
  return {
    topicEndpoint,
    key: topicKey(app, section),
    retryCount: section.count('publishRetryCount') ?? 0,
    retryIntervalMs,
    retryStatuses: section.list('publishRetryHttpStatus').map(Number),
    events: lifecycleNamesIn(section),
  }
}

function topicKey(app: AppContext, section: Options): string {
  const setting = section.text('keySettingName')
  const key = setting && app.setting(setting)
  if (key) return key
  const missing = setting ? `the app setting '${setting}' is not there` : 'it has no keySettingName'
  throw new UserError(`host.json: notifications.eventGrid cannot publish to its topic: ${missing}.`, {
    hint: 'Name the app setting that holds the key of the topic: "keySettingName": "EventGridKey".',
  })
}

function lifecycleNamesIn(section: Options): readonly LifecycleName[] {
  const wanted = section.list('publishEventTypes').map(String)
  if (wanted.length === 0) return lifecycleNames
  return wanted.map((each) => {
    const name = each.toLowerCase() === 'running' ? 'Started' : each
    const found = lifecycleNames.find((known) => known.toLowerCase() === name.toLowerCase())
    if (!found) throw section.wrong('publishEventTypes', each, `one of ${lifecycleNames.join(', ')}`)
    return found
  })
}

/** A section of host.json: keys ignore case, numbers and flags may be texts. */
class Options {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #path: string

  constructor(values: Readonly<Record<string, unknown>>, path: string) {
    this.#values = values
    this.#path = path
  }

  section(name: string): Options {
    const value = this.#find(name)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (value !== undefined && !isObject) throw this.wrong(name, value, 'an object')
    return new Options((value ?? {}) as Record<string, unknown>, `${this.#path}.${name}`)
  }

  text(name: string): string | undefined {
    const value = this.#find(name)
    if (value === undefined || value === '') return undefined
    if (typeof value === 'object') throw this.wrong(name, value, 'a text')
    return String(value)
  }

  count(name: string): number | undefined {
    const value = this.#find(name)
    if (value === undefined) return undefined
    const count = Number(value)
    if (!Number.isInteger(count) || count < 0) throw this.wrong(name, value, 'a whole number')
    return count
  }

  positive(name: string): number | undefined {
    const count = this.count(name)
    if (count === 0) throw this.wrong(name, count, 'a positive number')
    return count
  }

  flag(name: string): boolean | undefined {
    const value = this.#find(name)
    if (value === undefined) return undefined
    const text = String(value).toLowerCase()
    if (text !== 'true' && text !== 'false') throw this.wrong(name, value, 'true or false')
    return text === 'true'
  }

  oneOf<Value extends string>(name: string, allowed: readonly Value[]): Value | undefined {
    const value = this.#find(name)
    if (value === undefined) return undefined
    const found = allowed.find((each) => each.toLowerCase() === String(value).toLowerCase())
    if (found === undefined) throw this.wrong(name, value, `one of ${allowed.join(', ')}`)
    return found
  }

  sections(name: string): readonly Options[] {
    return this.list(name).map((value, index) => {
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
      if (!isObject) throw this.wrong(name, value, 'a list of objects')
      return new Options(value as Record<string, unknown>, `${this.#path}.${name}[${index}]`)
    })
  }

  list(name: string): readonly unknown[] {
    const value = this.#find(name)
    if (value === undefined) return []
    if (!Array.isArray(value)) throw this.wrong(name, value, 'a list')
    return value
  }

  wrong(name: string, value: unknown, expected: string): UserError {
    return new UserError(
      `host.json: ${this.#path}.${name} is ${JSON.stringify(value)}, which is not ${expected}.`,
    )
  }

  #find(name: string): unknown {
    const wanted = name.toLowerCase()
    const key = Object.keys(this.#values).find((each) => each.toLowerCase() === wanted)
    return key === undefined ? undefined : (this.#values[key] ?? undefined)
  }
}
