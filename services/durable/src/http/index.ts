export type { ApiServices } from './api-call.ts'
export {
  baseUrl,
  commonQuery,
  creationUrls,
  type ManagementAddress,
  managementUrls,
  webhookName,
} from './management-urls.ts'
export { openRpcListener, type RpcListener, rpcBasePath } from './rpc-listener.ts'
export { serveCall } from './serve.ts'
