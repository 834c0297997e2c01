/** The documented numbers of the HTTP front. */

/** `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` when the app does not set it, in bytes. */
export const defaultMaxBodyBytes = 104_857_600

/** How long a request waits for the host to be ready (`HostAvailabilityCheckMiddleware`). */
export const maxStartWaitMs = 30_000

/** Connecting to the library's own server in the worker (`RetryProxyHandler`). */
export const forwardAttempts = 10
export const firstForwardDelayMs = 50
export const maxForwardDelayMs = 250

/** A forwarded exchange in which nothing moves for so long is given up (`DefaultHttpProxyService`). */
export const forwardActivityTimeoutMs = 240_000
