/** Limits of connections on which requests that came whole are answered. */

/** How long an idle connection is kept. Kestrel `KeepAliveTimeout`; longer than the pools of clients wait. */
export const keepAliveMs = 130_000

/** Requests with longer heads are left to node:http, which has the limits above. */
export const maxDirectHeadBytes = 8 * 1024

/** Requests with longer bodies are left to node:http, which streams them. */
export const maxDirectBodyBytes = 64 * 1024

/** What a client may send ahead while it is not answered; beyond, nothing more is read. */
export const maxUnreadBytes = 64 * 1024
