/** The systems of bench/peers: installed, locked, by the first benchmark that needs them. */
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const peersDirectory = fileURLToPath(new URL('../peers', import.meta.url))

/** Installs what is missing. */
export function installPeers(): void {
  const lock = join(peersDirectory, 'package-lock.json')
  const installed = join(peersDirectory, 'node_modules/.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  console.error('installing the peers (bench/peers) ...')
  execFileSync('npm', ['ci', '--loglevel=error'], { cwd: peersDirectory, stdio: 'inherit' })
}
