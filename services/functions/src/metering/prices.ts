/** What Azure asks for functions on its Consumption plan, as data. */

export interface ConsumptionPrices {
  readonly currency: string
  readonly perMillionExecutions: number
  readonly perGbSecond: number
  /** Not charged in each calendar month, once for all apps of a subscription. */
  readonly freePerMonth: { readonly executions: number; readonly gbSeconds: number }
  readonly source: string
}

/** Prices differ a little between regions and dates; these are the ones most often quoted. */
export const consumptionPrices: ConsumptionPrices = {
  currency: 'USD',
  perMillionExecutions: 0.2,
  perGbSecond: 0.000016,
  freePerMonth: { executions: 1_000_000, gbSeconds: 400_000 },
  source: 'https://azure.microsoft.com/pricing/details/functions/',
}

/** Before anything is free. */
export function priceOf(
  { executions, gbSeconds }: { readonly executions: number; readonly gbSeconds: number },
  prices: ConsumptionPrices,
): number {
  return (executions / 1e6) * prices.perMillionExecutions + gbSeconds * prices.perGbSecond
}

/** What is left to pay of a calendar month. */
export function priceOfMonth(
  { executions, gbSeconds }: { readonly executions: number; readonly gbSeconds: number },
  prices: ConsumptionPrices,
): number {
  const { freePerMonth } = prices
  const charged = {
    executions: Math.max(0, executions - freePerMonth.executions),
    gbSeconds: Math.max(0, gbSeconds - freePerMonth.gbSeconds),
  }
  return priceOf(charged, prices)
}
