/** Entity group transactions: `POST /$batch`. */
import type { StorageRequest, StorageResponse } from '../../../contracts.ts'
import { generalErrors } from '../../../protocol/general-errors.ts'
import { StorageError } from '../../../protocol/storage-error.ts'
import { tableErrors } from '../../errors.ts'
import { maxBatchChanges, maxBodyBytes } from '../../limits.ts'
import type { EntityChange } from '../../store/changes.ts'
import { ChangeFailed, type TableStore } from '../../store/table-store.ts'
import { checkTableName } from '../../table-name.ts'
import { changeOf, changeOfVerb, insertion } from '../change-request.ts'
import { type MetadataLevel, type Preference, parseFormat, preferenceOf } from '../format.ts'
import { parseTablePath } from '../path.ts'
import { checkChange, checkTable } from '../sas-range.ts'
import { executeQuery } from './batch-query.ts'
import { type BatchPart, parseBatch } from './parse-batch.ts'
import { splitUrl } from './part-url.ts'
import { renderChanges, renderFailure } from './render-batch.ts'

/** A change, and how its answer is to look. */
export interface BatchChange {
  readonly table: string
  readonly change: EntityChange
  readonly level: MetadataLevel
  readonly preference: Preference
  readonly contentId: string | undefined
}

/** @throws StorageError for what is no batch at all; everything else is said within the answer */
export async function executeBatch(store: TableStore, request: StorageRequest): Promise<StorageResponse> {
  const text = (await request.bytes(maxBodyBytes)).toString()
  const { kind, parts } = parseBatch(request.header('content-type'), text)
  if (kind === 'query') return executeQuery(store, request, parts[0]!)
  try {
    const changes = readChanges(parts, request)
    const { account } = request
    const table = changes[0]!.table
    const timestamps = await store.transaction(
      { account: account.name, table },
      changes.map(({ change }) => change),
    )
    return renderChanges(request, changes, timestamps)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return renderFailure(request, error, error instanceof ChangeFailed ? error.index : 0)
  }
}

/** @throws ChangeFailed */
function readChanges(parts: readonly BatchPart[], request: StorageRequest): readonly BatchChange[] {
  if (parts.length === 0) throw generalErrors.InvalidInput()
  if (parts.length > maxBatchChanges)
    throw generalErrors.InvalidInput({
      message: `The batch request operation exceeds the maximum ${maxBatchChanges} changes per change set.`,
    })
  const changes: BatchChange[] = []
  const rowKeys = new Set<string>()
  for (const part of parts) {
    try {
      const change = readChange(part, request)
      checkGroup(changes[0] ?? change, change, rowKeys)
      changes.push(change)
    } catch (error) {
      throw error instanceof StorageError ? new ChangeFailed(error, changes.length) : error
    }
  }
  return changes
}

/** All changes are of one partition, each of another entity. */
function checkGroup(first: BatchChange, { table, change }: BatchChange, rowKeys: Set<string>): void {
  if (change.partitionKey !== first.change.partitionKey || table.toLowerCase() !== first.table.toLowerCase())
    throw tableErrors.CommandsInBatchActOnDifferentPartitions()
  if (rowKeys.has(change.rowKey))
    throw tableErrors.InvalidDuplicateRow({
      message: `A command with RowKey '${change.rowKey}' is already present in the batch. An entity can appear only once in a batch. `,
    })
  rowKeys.add(change.rowKey)
}

function readChange(part: BatchPart, request: StorageRequest): BatchChange {
  const { path, query } = splitUrl(part.url, request.endpoint)
  const parsed = parseTablePath(path)
  if (parsed.kind !== 'entities' && parsed.kind !== 'entity') throw generalErrors.InvalidInput()
  checkTableName(parsed.table)
  checkTable(request.identity, parsed.table)
  const change = changeIn(part, parsed)
  checkChange(request, change)
  return {
    table: parsed.table,
    change,
    level: parseFormat(query.get('$format') || part.headers.get('accept')),
    preference: preferenceOf(part.headers.get('prefer')),
    contentId: part.headers.get('content-id'),
  }
}

function changeIn(
  { method, headers, body }: BatchPart,
  path: Extract<ReturnType<typeof parseTablePath>, { readonly table: string }>,
): EntityChange {
  const verb = (method === 'POST' && headers.get('x-http-method')?.toUpperCase()) || method
  if (verb === 'POST' && path.kind === 'entities') return insertion(body)
  const kind = changeOfVerb(verb)
  if (!kind || path.kind !== 'entity') throw generalErrors.InvalidInput()
  // In the cloud a batch may leave it out.
  const ifMatch = headers.get('if-match') ?? (kind === 'delete' ? '*' : undefined)
  return changeOf(kind, path.key, ifMatch, body)
}
