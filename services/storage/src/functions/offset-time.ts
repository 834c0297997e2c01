/** .NET's DateTimeOffset; the service knows whole seconds only. */
export function isoSeconds(time: number, fraction = ''): string {
  return `${new Date(time).toISOString().slice(0, 19)}${fraction}+00:00`
}
