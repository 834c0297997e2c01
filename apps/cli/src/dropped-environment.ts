/**
 * Variables that the shell of the `aloft` script has dropped because it could not write their names: settings such as
 * `AzureWebJobs.NAME.Disabled`. The script hands them on in one variable.
 */
const name = 'ALOFT_DROPPED_ENVIRONMENT'

/** Puts them back; what is there stays. */
export function restoreDropped(environment: Record<string, string | undefined>): void {
  const dropped = Buffer.from(environment[name] ?? '', 'base64').toString()
  delete environment[name]
  for (const entry of dropped.split('\0')) {
    const equals = entry.indexOf('=')
    if (equals > 0) environment[entry.slice(0, equals)] ??= entry.slice(equals + 1)
  }
}
