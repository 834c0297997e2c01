/** Names of tables (REST reference, "Understanding the Table service data model"). */
import { generalErrors } from '../protocol/general-errors.ts'

const form = /^[A-Za-z][A-Za-z0-9]{2,62}$/
/** Tables of Storage Analytics, e.g. `$MetricsHourPrimaryTransactionsBlob`. */
const metricsForm = /^\$Metrics[A-Za-z0-9]{0,55}$/

export function isTableName(name: string): boolean {
  return (form.test(name) && name.toLowerCase() !== 'tables') || metricsForm.test(name)
}

/** @throws StorageError InvalidResourceName, OutOfRangeInput */
export function checkTableName(name: string): void {
  if (name.length < 3 || name.length > 63)
    throw generalErrors.OutOfRangeInput({
      message: 'The specified resource name length is not within the permissible limits.',
    })
  if (!isTableName(name)) throw generalErrors.InvalidResourceName()
}
