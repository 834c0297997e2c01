/** How long what is issued is good, in seconds. */

/** Microsoft identity platform, "Access tokens in the Microsoft identity platform": 60 to 90 minutes. */
export const accessTokenSeconds = 3600
/** "How managed identities for Azure resources work": 24 hours. */
export const managedIdentityTokenSeconds = 86_400
/** "Microsoft identity platform and OAuth 2.0 authorization code flow": typically ten minutes. */
export const codeSeconds = 600
/** "Microsoft identity platform and the OAuth 2.0 device authorization grant flow". */
export const deviceCodeSeconds = 900
/** "Refresh tokens in the Microsoft identity platform": 90 days. */
export const refreshTokenSeconds = 90 * 86_400

/** How long a client of the device flow waits before it asks; nobody has to sign in. */
export const devicePollSeconds = 1
/** Of the body of a request. */
export const maxBodyBytes = 64 * 1024
