/** What functions use, and what it would cost: counting for the host, reports for whoever asks. */
export { Meter, type MeteredApp } from './meter.ts'
export { type ConsumptionPrices, consumptionPrices } from './prices.ts'
export { residentBytes } from './process-memory.ts'
export {
  type FunctionUsage,
  readUsageReport,
  reportUsage,
  type Usage,
  type UsageQuery,
  type UsageReport,
} from './usage-report.ts'
