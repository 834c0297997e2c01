/** The documented numbers of proxies. */

/**
 * How often a call of a proxy to its own app may lead to another such call
 * (`ScriptConstants.AzureProxyFunctionMaxLocalRedirects`).
 */
export const maxLocalRedirects = 10

/** How many proxies a request may pass over HTTP: what App Service writes into `Max-Forwards`. */
export const maxForwards = 10

/** Traces that are kept; older ones go. */
export const maxTraces = 100

/** How long an idle connection to a back end is kept, unless the back end says less. */
export const idleConnectionMs = 30_000
