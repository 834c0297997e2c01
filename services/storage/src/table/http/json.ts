/** The JSON of answers. */
import type { EntityKey } from '../edm/keys.ts'
import { decodeProperties } from '../edm/properties.ts'
import { typeSuffix, writeProperty } from '../edm/value.ts'
import { etagOf } from '../etag.ts'
import type { StoredEntity } from '../store/entity.ts'
import type { MetadataLevel } from './format.ts'

/** Where answers are rendered for. */
export interface AnswerContext {
  readonly level: MetadataLevel
  /** See `StorageRequest.endpoint`. */
  readonly endpoint: string
  readonly account: string
}

/** `t(PartitionKey='p',RowKey='r')`, good for URLs and headers. */
export function entityPath(table: string, { partitionKey, rowKey }: EntityKey): string {
  return `${table}(PartitionKey='${quotedKey(partitionKey)}',RowKey='${quotedKey(rowKey)}')`
}

const plainKey = /^[\w.-]*$/

function quotedKey(key: string): string {
  return plainKey.test(key) ? key : encodeURIComponent(key.replaceAll("'", "''"))
}

/** One entity as the whole answer. @param select names of properties; undefined = all */
export function renderEntity(
  context: AnswerContext,
  table: string,
  entity: StoredEntity,
  select: readonly string[] | undefined,
): string {
  const metadata =
    context.level === 'nometadata'
      ? ''
      : `"odata.metadata":"${context.endpoint}/$metadata#${table}/@Element",`
  return `{${metadata}${entityMembers(context, table, entity, select)}}`
}

/** A page of entities. */
export function renderEntities(
  context: AnswerContext,
  table: string,
  entities: readonly StoredEntity[],
  select: readonly string[] | undefined,
): string {
  let text = listStart(context, table)
  let separator = '{'
  for (const entity of entities) {
    text += separator
    text += entityMembers(context, table, entity, select)
    separator = '},{'
  }
  return entities.length === 0 ? `${text}]}` : `${text}}]}`
}

/** One table as the whole answer. */
export function renderTable(context: AnswerContext, table: string): string {
  const metadata =
    context.level === 'nometadata' ? '' : `"odata.metadata":"${context.endpoint}/$metadata#Tables/@Element",`
  return `{${metadata}${tableMembers(context, table)}}`
}

export function renderTables(context: AnswerContext, tables: readonly string[]): string {
  const members = tables.map((table) => `{${tableMembers(context, table)}}`)
  return `${listStart(context, 'Tables')}${members.join(',')}]}`
}

function listStart({ level, endpoint }: AnswerContext, table: string): string {
  return level === 'nometadata'
    ? '{"value":['
    : `{"odata.metadata":"${endpoint}/$metadata#${table}","value":[`
}

function tableMembers({ level, endpoint, account }: AnswerContext, table: string): string {
  const name = `"TableName":"${table}"`
  if (level !== 'fullmetadata') return name
  const path = `Tables('${table}')`
  return `"odata.type":"${account}.Tables","odata.id":"${endpoint}/${path}","odata.editLink":"${path}",${name}`
}

function entityMembers(
  context: AnswerContext,
  table: string,
  entity: StoredEntity,
  select: readonly string[] | undefined,
): string {
  const members = select ? selectedMembers(context.level, entity, select) : allMembers(context.level, entity)
  if (context.level === 'nometadata') return members
  const annotations = `${linksOf(context, table, entity)}"odata.etag":${JSON.stringify(etagOf(entity.timestamp))}`
  return members === '' ? annotations : `${annotations},${members}`
}

function linksOf({ level, endpoint, account }: AnswerContext, table: string, key: EntityKey): string {
  if (level !== 'fullmetadata') return ''
  const path = entityPath(table, key)
  return `"odata.type":"${account}.${table}","odata.id":"${endpoint}/${path}","odata.editLink":"${path}",`
}

function allMembers(level: MetadataLevel, entity: StoredEntity): string {
  const { partitionKey, rowKey, properties } = entity
  const keys = `"PartitionKey":${JSON.stringify(partitionKey)},"RowKey":${JSON.stringify(rowKey)},${timestampMember(level, entity)}`
  if (properties === '') return keys
  return `${keys},${level === 'nometadata' ? withoutTypes(properties) : properties}`
}

function timestampMember(level: MetadataLevel, { timestamp }: StoredEntity): string {
  return level === 'fullmetadata'
    ? `"Timestamp${typeSuffix}":"Edm.DateTime","Timestamp":"${timestamp}"`
    : `"Timestamp":"${timestamp}"`
}

/** Names that the entity does not have are left out. */
function selectedMembers(level: MetadataLevel, entity: StoredEntity, select: readonly string[]): string {
  const properties = decodeProperties(entity.properties)
  const members: string[] = []
  for (const name of select) {
    if (name === 'PartitionKey') members.push(`"PartitionKey":${JSON.stringify(entity.partitionKey)}`)
    else if (name === 'RowKey') members.push(`"RowKey":${JSON.stringify(entity.rowKey)}`)
    else if (name === 'Timestamp') members.push(timestampMember(level, entity))
    else {
      const value = properties.get(name)
      if (value) members.push(writeProperty(name, value))
    }
  }
  const text = members.join(',')
  return level === 'nometadata' ? withoutTypes(text) : text
}

const typeMember = /"[^"]*@odata\.type":"Edm\.[A-Za-z0-9]+",/g

/** No text of a user can look like such a member: the quotes in it are escaped. */
function withoutTypes(members: string): string {
  return members.includes(typeSuffix) ? members.replace(typeMember, '') : members
}
