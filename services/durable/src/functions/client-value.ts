/** What the `durableClient` binding hands to a function (azure-functions-durable-extension, `HttpApiHandler`). */
import { baseUrl, creationUrls, type ManagementAddress, managementUrls } from '../http/management-urls.ts'

/** What SDKs that speak gRPC are told besides; the most that a message may have is the protocol's own limit. */
const grpcMembers = { maxGrpcMessageSizeInBytes: 2 ** 31 - 1, grpcHttpClientTimeout: '00:01:40' }

/** For SDKs that speak gRPC. @param rpcBaseUrl of the gRPC server */
export function grpcClientValue(address: ManagementAddress, rpcBaseUrl: string): string {
  const members = { ...grpcMembers, httpBaseUrl: baseUrl(address) }
  return JSON.stringify({ ...(JSON.parse(clientValue(address, rpcBaseUrl)) as object), ...members })
}

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
