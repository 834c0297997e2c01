/**
 * The addresses of the management API that clients, apps and answers are given (azure-functions-durable-extension,
 * `HttpApiHandler`).
 */

/** The name below `/runtime/webhooks/`. */
export const webhookName = 'DurableTask'
const basePath = '/runtime/webhooks/durabletask'

export interface ManagementAddress {
  /** E.g. `http://localhost:7071`. */
  readonly origin: string
  readonly hub: string
  /** The setting that names the storage. */
  readonly connection: string
  readonly systemKey: string
}

/** `taskHub=…&connection=…&code=…` */
export function commonQuery({ hub, connection, systemKey }: ManagementAddress): string {
  return `taskHub=${encodeURIComponent(hub)}&connection=${encodeURIComponent(connection)}&code=${encodeURIComponent(systemKey)}`
}

export function baseUrl({ origin }: ManagementAddress): string {
  return `${origin}${basePath}`
}

/** What an answer to a start tells about the instance. */
export interface CheckStatusPayload {
  readonly id: string
  readonly statusQueryGetUri: string
  readonly sendEventPostUri: string
  readonly terminatePostUri: string
  readonly purgeHistoryDeleteUri: string
  readonly restartPostUri: string
  readonly suspendPostUri: string
  readonly resumePostUri: string
}

export function checkStatusPayload(address: ManagementAddress, instanceId: string): CheckStatusPayload {
  const { rewindPostUri: _rewind, ...payload } = managementUrls(address, instanceId)
  return payload
}

/** With the address for rewinding, which only bindings are given. */
export function managementUrls(
  address: ManagementAddress,
  instanceId: string,
): CheckStatusPayload & { readonly rewindPostUri: string } {
  const instance = `${baseUrl(address)}/instances/${encodeURIComponent(instanceId)}`
  const query = commonQuery(address)
  return {
    id: instanceId,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  }
}

/** The addresses for starting; the placeholders stand as they are. */
export function creationUrls(address: ManagementAddress): Readonly<Record<string, string>> {
  const start = `${baseUrl(address)}/orchestrators/{functionName}[/{instanceId}]`
  const query = commonQuery(address)
  return {
    createNewInstancePostUri: `${start}?${query}`,
    createAndWaitOnNewInstancePostUri: `${start}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${query}`,
  }
}
