/** Limits and timeouts of the HTTP server; the numbers are Kestrel's, which serves the real host. */

/** Bytes of the request line and the headers together; beyond: 431. Kestrel `MaxRequestHeadersTotalSize`. */
export const maxHeaderBytes = 32 * 1024

/** Characters of path and query; beyond: 414. Kestrel `MaxRequestLineSize`. */
export const maxUrlLength = 8 * 1024

/** How long a client may take to send its headers; bodies may take any time. Kestrel allows 30 s, Node.js 60 s. */
export const headersMs = 60_000

/** Connections that wait to be accepted; the kernel lowers it to its own limit. */
export const backlog = 4096

/** How often connections are looked at for having been idle too long. */
export const idleCheckMs = 10_000
