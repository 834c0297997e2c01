/** Operations on tables and on the list of them. */
import type { Identity, Operation, StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors } from '../../protocol/general-errors.ts'
import { parsePolicies, renderPolicies } from '../../protocol/stored-access-policies.ts'
import { parseObject } from '../edm/parse-json.ts'
import { tableErrors } from '../errors.ts'
import { parseFilter } from '../filter/parser.ts'
import { compileFilter } from '../filter/predicate.ts'
import type { TableCatalog } from '../store/catalog.ts'
import { checkTableName } from '../table-name.ts'
import { decodeToken, encodeToken } from './continuation.ts'
import { contentTypeOf, metadataLevelOf, preferenceOf } from './format.ts'
import { type AnswerContext, renderTable, renderTables } from './json.ts'
import { topOf } from './query-options.ts'
import { readText } from './request-body.ts'
import { dataServiceHeaders } from './response-headers.ts'

/** Five policies need far less. */
const maxPoliciesBytes = 64 * 1024

/** Permissions that a stored policy of a table may have. */
const policyLetters = 'raud'

const xmlType = { 'Content-Type': 'application/xml' }

export interface TableOperations {
  readonly list: Operation
  readonly create: Operation
  get(table: string): Operation
  remove(table: string): Operation
  getPolicies(table: string): Operation
  setPolicies(table: string): Operation
}

export function tableOperations(tables: TableCatalog): TableOperations {
  return {
    list: {
      name: 'QueryTables',
      access: { resource: 'c', account: 'l' },
      run: (request) => list(tables, request),
    },
    create: {
      name: 'CreateTable',
      access: { resource: 'c', account: 'acw' },
      run: (request) => create(tables, request),
    },
    get: (table) => ({
      name: 'QueryTables',
      access: { resource: 'c', account: 'l' },
      async run(request) {
        if (!(await tables.exists({ account: request.account.name, table })))
          throw generalErrors.ResourceNotFound()
        const context = answerContext(request)
        return {
          status: 200,
          headers: { ...dataServiceHeaders, 'Content-Type': contentTypeOf(context.level) },
          body: renderTable(context, table),
        }
      },
    }),
    remove: (table) => ({
      name: 'DeleteTable',
      access: { resource: 'c', account: 'd' },
      async run({ account }) {
        await tables.delete({ account: account.name, table })
        return { status: 204, headers: dataServiceHeaders }
      },
    }),
    getPolicies: (table) => ({
      name: 'GetTableACL',
      access: { resource: 'c' },
      async run({ account, identity }) {
        refuseToken(identity)
        const policies = await tables.policies({ account: account.name, table })
        if (!policies) throw tableErrors.TableNotFound()
        return { status: 200, headers: xmlType, body: renderPolicies(policies) }
      },
    }),
    setPolicies: (table) => ({
      name: 'SetTableACL',
      access: { resource: 'c' },
      async run(request) {
        refuseToken(request.identity)
        const body = await request.bytes(maxPoliciesBytes)
        const address = { account: request.account.name, table }
        await tables.setPolicies(address, parsePolicies(body, policyLetters))
        return { status: 204 }
      },
    }),
  }
}

/** Policies limit signatures made with the key, so only who has the key may see and set them. */
function refuseToken({ kind }: Identity): void {
  if (kind === 'bearer') throw generalErrors.AuthorizationFailure()
}

async function list(tables: TableCatalog, request: StorageRequest): Promise<StorageResponse> {
  const context = answerContext(request)
  const { names, next } = await tables.list(
    request.account.name,
    topOf(request.query('$top')),
    decodeToken(request.query('NextTableName') ?? ''),
    nameFilter(request.query('$filter')),
  )
  return {
    status: 200,
    headers: {
      ...dataServiceHeaders,
      'Content-Type': contentTypeOf(context.level),
      'x-ms-continuation-NextTableName': next && encodeToken(next),
    },
    body: renderTables(context, names),
  }
}

/** @throws StorageError InvalidInput */
function nameFilter(filter: string | undefined): ((name: string) => boolean) | undefined {
  if (!filter?.trim()) return undefined
  const predicate = compileFilter(parseFilter(filter))
  return (table) =>
    predicate({
      property: (name) => (name.toLowerCase() === 'tablename' ? { type: 'String', value: table } : undefined),
    })
}

async function create(tables: TableCatalog, request: StorageRequest): Promise<StorageResponse> {
  const context = answerContext(request)
  const { TableName: table } = parseObject(await readText(request))
  if (typeof table !== 'string') throw tableErrors.PropertiesNeedValue()
  checkTableName(table)
  await tables.create({ account: request.account.name, table })
  const location = `${request.endpoint}/Tables('${table}')`
  const preference = preferenceOf(request.header('prefer'))
  const headers = {
    ...dataServiceHeaders,
    Location: location,
    DataServiceId: location,
    'Preference-Applied': preference,
  }
  if (preference === 'return-no-content') return { status: 204, headers }
  return {
    status: 201,
    headers: { ...headers, 'Content-Type': contentTypeOf(context.level) },
    body: renderTable(context, table),
  }
}

function answerContext(request: StorageRequest): AnswerContext {
  return { level: metadataLevelOf(request), endpoint: request.endpoint, account: request.account.name }
}
