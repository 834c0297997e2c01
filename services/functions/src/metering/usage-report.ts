/** What functions used in a span of time, and what Azure's Consumption plan would ask for it. */
import { type ReadTransaction, readData } from '@aloft/engine'
import { toGbSeconds } from './billing.ts'
import { parseHistogram, percentileMs } from './duration-histogram.ts'
import { type ConsumptionPrices, consumptionPrices, priceOf, priceOfMonth } from './prices.ts'
import { readUsage, sumOf, type UsageRow, usageMigration } from './usage-rows.ts'

export interface UsageQuery {
  /** Milliseconds since 1970; inclusive. What is older than two days is known by the hour, what is newer by the minute. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
  /** Name of the only app to look at, ignoring case. */
  readonly app?: string
}

export interface Usage {
  readonly executions: number
  readonly failures: number
  /** Milliseconds; percentiles are at most 10 % off. All 0 without executions. */
  readonly duration: {
    readonly mean: number
    readonly p50: number
    readonly p95: number
    readonly longest: number
  }
  /** Megabytes that an execution is billed with, on average over billed time. */
  readonly memoryMb: number
  /** Azure's metric `FunctionExecutionUnits`: megabytes times milliseconds. */
  readonly executionUnits: number
  readonly gbSeconds: number
  /** At Azure's prices, before anything is free. */
  readonly price: number
}

export interface FunctionUsage extends Usage {
  readonly app: string
  readonly functionName: string
}

export interface UsageReport {
  readonly from: number
  readonly to: number
  /** Names of the apps that ran in the span, all of them, in order. */
  readonly apps: readonly string[]
  /** In order of app and function. */
  readonly functions: readonly FunctionUsage[]
  readonly total: Usage
  /** What is left to pay when each calendar month's free amount is taken off. */
  readonly priceAfterFree: number
  readonly prices: ConsumptionPrices
}

const minuteMs = 60_000

/**
 * The report of a data folder, also while a host runs on it, which writes every five seconds. Undefined when no host
 * has counted anything there. @throws UserError when the data cannot be read
 */
export function readUsageReport(dataDirectory: string, query: UsageQuery): Promise<UsageReport | undefined> {
  return readData(dataDirectory, usageMigration, (snapshot) =>
    reportUsage(snapshot, query, consumptionPrices),
  )
}

/** The snapshot must know the tables of `usageMigration`. */
export async function reportUsage(
  snapshot: ReadTransaction,
  { from, to, app }: UsageQuery,
  prices: ConsumptionPrices,
): Promise<UsageReport> {
  const all = await readUsage(snapshot, Math.floor(from / minuteMs), Math.ceil(to / minuteMs))
  const rows = app === undefined ? all : all.filter((row) => isSameName(row.app, app))
  const byFunction = Map.groupBy(rows, (row) => JSON.stringify([row.app, row.function_name]))
  const functions = [...byFunction.values()].map((group) => ({
    app: group[0]!.app,
    functionName: group[0]!.function_name,
    ...usageOf(group, prices),
  }))
  const months = Map.groupBy(rows, ({ minute }) => new Date(minute * minuteMs).toISOString().slice(0, 7))
  return {
    from,
    to,
    apps: [...new Set(all.map((row) => row.app))].sort(),
    functions: functions.sort(byName),
    total: usageOf(rows, prices),
    priceAfterFree: [...months.values()].reduce(
      (sum, month) => sum + priceOfMonth(usageOf(month, prices), prices),
      0,
    ),
    prices,
  }
}

function usageOf(rows: readonly UsageRow[], prices: ConsumptionPrices): Usage {
  const sum = sumOf(rows)
  const { executions } = sum
  const gbSeconds = toGbSeconds(sum.units)
  const histogram = parseHistogram(sum.durations)
  const percentile = (percent: number) =>
    executions === 0 ? 0 : Math.min(sum.longest_ms, percentileMs(histogram, percent))
  return {
    executions,
    failures: sum.failures,
    duration: {
      mean: executions === 0 ? 0 : sum.duration_ms / executions,
      p50: percentile(50),
      p95: percentile(95),
      longest: sum.longest_ms,
    },
    memoryMb: sum.billed_ms === 0 ? 0 : sum.units / sum.billed_ms,
    executionUnits: sum.units,
    gbSeconds,
    price: priceOf({ executions, gbSeconds }, prices),
  }
}

function byName(left: FunctionUsage, right: FunctionUsage): number {
  return compare(left.app, right.app) || compare(left.functionName, right.functionName)
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
