/** What the `durableClient` binding hands to a function (spec: durable.md 1.13). */
import { baseUrl, creationUrls, type ManagementAddress, managementUrls } from '../http/management-urls.ts'

/** JSON text. SDKs put an instance's id where `INSTANCEID` stands. */
export function clientValue(address: ManagementAddress, rpcBaseUrl: string): string {
  return JSON.stringify({
    taskHubName: address.hub,
    connectionName: address.connection,
    creationUrls: creationUrls(address),
    managementUrls: managementUrls(address, 'INSTANCEID'),
    baseUrl: baseUrl(address),
    requiredQueryStringParameters: `code=${encodeURIComponent(address.systemKey)}`,
    rpcBaseUrl,
  })
}
