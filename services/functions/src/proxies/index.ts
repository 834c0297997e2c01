/** Azure Functions Proxies (proxies.json): routes that come before the functions' and lead elsewhere. */
export { type AppProxies, openProxies } from './app-proxies.ts'
export type { ProxyDefinition } from './definition.ts'
export type { ProxyTrace } from './traces.ts'
