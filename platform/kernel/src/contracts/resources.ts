/** How services tell the resource manager which Azure resource types they serve. */
export interface ResourceType {
  /** E.g. `Microsoft.Storage/storageAccounts`. */
  readonly type: string
  /** Newest first. */
  readonly apiVersions: readonly string[]
  /** Creates or changes a resource; returns its full body. Must be idempotent. */
  put(resource: { readonly id: string; readonly body: unknown }): Promise<unknown>
  get(id: string): Promise<unknown>
  delete(id: string): Promise<void>
}
