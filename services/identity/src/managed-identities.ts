/** Which app a request for a managed identity's token comes from: each app has a secret of its own. */
import { randomHex } from '@aloft/kernel'

export class ManagedIdentities {
  readonly #secrets = new Map<string, string>()
  readonly #apps = new Map<string, string>()

  /** The value of `IDENTITY_HEADER`, the same for an app as long as the process runs. */
  headerOf(app: string): string {
    const known = this.#secrets.get(app)
    if (known !== undefined) return known
    const secret = randomHex(32)
    this.#secrets.set(app, secret)
    this.#apps.set(secret, app)
    return secret
  }

  appOf(header: string): string | undefined {
    return this.#apps.get(header)
  }
}
