/** Query Blob Contents: a blob of CSV or JSON, searched where it lies. */
import { randomBytes } from 'node:crypto'
import type { StorageRequest, StorageResponse } from '../../contracts.ts'
import { generalErrors } from '../../protocol/general-errors.ts'
import { blobErrors } from '../errors.ts'
import { AvroFile } from '../query/avro.ts'
import { parseQueryRequest, type QueryRequest } from '../query/query-request.ts'
import { parseSelection, type Selection } from '../query/select.ts'
import { readRows, writeNames, writeRow } from '../query/text-format.ts'
import { QueryError, type Row } from '../query/value.ts'
import type { BlobContext } from '../store/context.ts'
import { openBlob } from '../store/read-blob.ts'
import { blobAddress } from '../wire/paths.ts'
import { accessOptions } from '../wire/request-options.ts'
import { blobHeaders } from '../wire/response-headers.ts'

/** Azure takes expressions of up to 256 KiB. */
const maxBodyBytes = 512 * 1024
/** Results are sent in pieces of about so many characters. */
const pieceLength = 64 * 1024

export async function queryBlob(context: BlobContext, request: StorageRequest): Promise<StorageResponse> {
  const asked = parseQueryRequest(await request.bytes(maxBodyBytes))
  const selection = selectionOf(asked.expression)
  const { item, content } = await openBlob(context, blobAddress(request), accessOptions(request))
  if (item.type === 'PageBlob') throw blobErrors.InvalidBlobType()
  const file = new AvroFile(randomBytes(16))
  const pieces = content instanceof Uint8Array ? [content] : content
  await run(selection, asked, readRows(decoded(pieces), asked.input), file)
  file.end(item.length)
  const headers = { ...blobHeaders(request, item, true), 'Content-Type': 'avro/binary' }
  return { status: 200, headers, body: file.bytes }
}

function selectionOf(expression: string): Selection {
  try {
    return parseSelection(expression)
  } catch (error) {
    if (error instanceof QueryError) throw generalErrors.InvalidInput({ message: error.message })
    throw error
  }
}

async function* decoded(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const piece of pieces) yield decoder.decode(piece, { stream: true })
  yield decoder.decode()
}

/** Rows that a query cannot use are reported and left out; a text that cannot be read ends it. */
async function run(
  selection: Selection,
  { output }: QueryRequest,
  rows: AsyncGenerator<Row>,
  file: AvroFile,
): Promise<void> {
  let text = ''
  let isFirst = true
  let position = 0
  const write = (results: ReturnType<Selection['take']>) => {
    for (const columns of results) {
      if (isFirst) text += writeNames(columns, output)
      isFirst = false
      text += writeRow(columns, output)
    }
    if (text.length > pieceLength) flush()
  }
  const flush = () => {
    if (text !== '') file.result(Buffer.from(text))
    text = ''
  }
  try {
    for await (const row of rows) {
      if (selection.isDone) break
      try {
        write(selection.take(row))
      } catch (error) {
        if (!(error instanceof QueryError)) throw error
        flush()
        file.error(0, 'InvalidTypeConversion', error.message, position)
      }
      position++
    }
    write(selection.finish())
    flush()
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    flush()
    file.error(1, 'ParseError', error.message, position)
  }
}
