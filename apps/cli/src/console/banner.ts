/** The first lines of `func start`; tools read the versions out of them. */
import type { Colors } from '../terminal.ts'

export interface BannerVersions {
  /** The version of Core Tools whose behaviour is followed, e.g. `4.14.0`. */
  readonly coreTools: string
  /** The version of the Functions host whose behaviour is followed, e.g. `4.1052.200.1`. */
  readonly runtime: string
  readonly aloft: string
}

export function renderBanner({ coreTools, runtime, aloft }: BannerVersions, colors: Colors): string {
  return [
    '',
    'Azure Functions Core Tools',
    colors.gray(`Core Tools Version:       ${coreTools} Commit hash: aloft-${aloft} (64-bit)`),
    colors.gray(`Function Runtime Version: ${runtime}`),
    '',
    '',
  ].join('\n')
}
