import { UserError } from '@aloft/kernel'
import type { Migration } from '../contracts.ts'
import type { Connection } from './connection.ts'

/** Which version each service's tables have. */
export const versionTable = `
  CREATE TABLE IF NOT EXISTS schema_version (
    service TEXT PRIMARY KEY,
    version INTEGER NOT NULL
  ) WITHOUT ROWID`

/** Throws a `UserError` when the tables of `service` in `file` were made by a newer program. */
export function versionOf(connection: Connection, { service, steps }: Migration, file: string): number {
  const sql = 'SELECT version FROM schema_version WHERE service = ?'
  const [version] = connection.row<[number]>(sql, service) ?? [0]
  if (version <= steps.length) return version
  throw new UserError(
    `${file} was written by a newer Aloft: '${service}' has version ${version}, this one knows ${steps.length}`,
    { location: { file }, hint: 'Start the newer Aloft, or choose another data folder.' },
  )
}

/** Brings the tables of a service from version `step` to the next. */
export function applyStep(connection: Connection, { service, steps }: Migration, step: number): void {
  connection.exec(steps[step] ?? '')
  connection.run('INSERT OR REPLACE INTO schema_version (service, version) VALUES (?, ?)', service, step + 1)
}
