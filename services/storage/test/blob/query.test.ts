/** Query Blob Contents, read by Azure's own client. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BlobQueryError, BlockBlobQueryOptions, ContainerClient } from '@azure/storage-blob'
import fc from 'fast-check'
import { parseSelection } from '../../src/blob/query/select.ts'
import { readRows, writeRow } from '../../src/blob/query/text-format.ts'
import { QueryError } from '../../src/blob/query/value.ts'
import { failure, testBlobs, upload } from './blob-server.ts'

const books = `id,title,year,price
1,"Dune, the novel",1965,9.5
2,Emma,1815,
3,Ulysses,1922,12
`
const csv = { kind: 'csv', recordSeparator: '\n', hasHeaders: true } as const
const json = { kind: 'json', recordSeparator: '\n' } as const

interface Asked {
  readonly input?: NonNullable<BlockBlobQueryOptions['inputTextConfiguration']>
  readonly output?: NonNullable<BlockBlobQueryOptions['outputTextConfiguration']>
  readonly onError?: (error: BlobQueryError) => void
}

async function ask(box: ContainerClient, name: string, query: string, asked: Asked = {}): Promise<string> {
  const { input = csv, output = { kind: 'csv', recordSeparator: '\n' }, onError } = asked
  const response = await box.getBlockBlobClient(name).query(query, {
    inputTextConfiguration: input,
    outputTextConfiguration: output,
    ...(onError && { onError }),
  })
  const chunks: Buffer[] = []
  for await (const chunk of response.readableStreamBody!) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

testBlobs('a query picks columns and records of CSV', async ({ box }) => {
  await upload(box, 'books.csv', books)
  const results: Record<string, string> = {
    'SELECT * FROM BlobStorage WHERE id = 2': '2,Emma,1815,\n',
    'SELECT title FROM BlobStorage WHERE year < 1950': 'Emma\nUlysses\n',
    "SELECT _1, title FROM BlobStorage b WHERE b.title LIKE 'Dune%'": '1,"Dune, the novel"\n',
    "select id from BlobStorage where title in ('Emma', 'Ulysses') and not price is null": '2\n3\n',
    'SELECT id FROM BlobStorage WHERE year BETWEEN 1900 AND 1970 LIMIT 1': '1\n',
    'SELECT COUNT(*), MIN(CAST(year AS INT)), MAX(year) FROM BlobStorage': '3,1815,1965\n',
    'SELECT AVG(year), SUM(id) FROM BlobStorage WHERE id < 3': '1890,3\n',
    "SELECT UPPER(title) || '!' FROM BlobStorage WHERE (id = 2 OR id = 9) AND year + 1 = 1816": 'EMMA!\n',
    'SELECT COALESCE(nothing, id) FROM BlobStorage WHERE -year = -1922': '3\n',
    'SELECT SUBSTRING(title, 1, 4), CHAR_LENGTH(title) FROM BlobStorage WHERE id = 1': 'Dune,15\n',
  }
  for (const [query, result] of Object.entries(results))
    assert.equal(await ask(box, 'books.csv', query), result, query)
})

testBlobs('a query goes from CSV to JSON and back, and into what JSON holds', async ({ box }) => {
  await upload(box, 'books.csv', books)
  assert.equal(
    await ask(box, 'books.csv', 'SELECT id, title AS name FROM BlobStorage LIMIT 1', { output: json }),
    '{"id":"1","name":"Dune, the novel"}\n',
  )
  await upload(
    box,
    'orders.json',
    '{"id":1,"who":{"name":"Ann"},"lines":[{"sku":"a","n":2},{"sku":"b","n":5}]}\n{"id":2,"who":{"name":"Bob"},"lines":[]}\n',
  )
  const asked = { input: json }
  assert.equal(
    await ask(box, 'orders.json', "SELECT id, who.name FROM BlobStorage WHERE who.name = 'Bob'", asked),
    '2,Bob\n',
  )
  assert.equal(
    await ask(box, 'orders.json', 'SELECT sku FROM BlobStorage[*].lines[*] WHERE n > 2', {
      input: json,
      output: json,
    }),
    '{"sku":"b"}\n',
  )
})

testBlobs('headers are written where they are asked for, and lines of Windows are read', async ({ box }) => {
  await upload(box, 'a.csv', 'a;b\r\n1;2\r\n')
  const input = { ...csv, columnSeparator: ';' }
  assert.equal(await ask(box, 'a.csv', 'SELECT b, a FROM BlobStorage', { input, output: csv }), 'b,a\n2,1\n')
})

testBlobs('a large result comes in pieces', async ({ box }) => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index},${'x'.repeat(index % 20)}`)
  await upload(box, 'big.csv', `${lines.join('\n')}\n`)
  const input = { kind: 'csv', recordSeparator: '\n' } as const
  assert.equal(await ask(box, 'big.csv', 'SELECT * FROM BlobStorage', { input }), `${lines.join('\n')}\n`)
})

testBlobs('what cannot be used is told, record by record', async ({ box }) => {
  await upload(box, 'books.csv', books)
  const errors: BlobQueryError[] = []
  const query = 'SELECT id FROM BlobStorage WHERE CAST(title AS INT) > 0 OR TRUE'
  assert.equal(await ask(box, 'books.csv', query, { onError: (error) => errors.push(error) }), '')
  assert.deepEqual(
    errors.map(({ name, isFatal, position }) => [name, isFatal, position]),
    [0, 1, 2].map((position) => ['InvalidTypeConversion', false, position]),
  )
  await upload(box, 'bad.json', '{"a":1}\n{"a":\n')
  const fatal: BlobQueryError[] = []
  const result = await ask(box, 'bad.json', 'SELECT a FROM BlobStorage', {
    input: json,
    onError: (error) => fatal.push(error),
  })
  assert.deepEqual([result, fatal[0]?.isFatal], ['1\n', true])
})

testBlobs('a query that cannot be read, or of a page blob, is refused', async ({ box }) => {
  await upload(box, 'books.csv', books)
  for (const query of [
    '',
    'SELECT',
    'DELETE FROM BlobStorage',
    'SELECT * FROM Other',
    'SELECT a, COUNT(*) FROM BlobStorage',
  ])
    await assert.rejects(ask(box, 'books.csv', query), failure(400, 'InvalidInput'), query)
  await box.getPageBlobClient('pages').create(512)
  await assert.rejects(ask(box, 'pages', 'SELECT * FROM BlobStorage'), { statusCode: 409 })
  await assert.rejects(
    ask(box, 'books.csv', 'SELECT * FROM BlobStorage', { input: { kind: 'parquet' } }),
    failure(400, 'InvalidXmlNodeValue'),
  )
})

test('whatever a query says, it is read or refused', () => {
  const word = fc.constantFrom(
    ...[
      'SELECT',
      'FROM',
      'BlobStorage',
      'WHERE',
      'AND',
      'NOT',
      'LIKE',
      'IN',
      'BETWEEN',
      'CAST',
      'AS',
      'IS',
      'NULL',
    ],
    ...['(', ')', ',', '*', '-', "'a'", '"b"', '5', '=', '[*]', '.', 'COUNT', 'LIMIT', 'constructor', '%'],
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(word).map((words) => words.join(' ')),
        fc.string(),
      ),
      (query) => {
        try {
          parseSelection(query)
        } catch (error) {
          assert.ok(error instanceof QueryError, String(error))
        }
      },
    ),
    { numRuns: 2000 },
  )
  assert.throws(() => parseSelection(`SELECT ${'-'.repeat(10_000)}1 FROM BlobStorage`), QueryError)
})

test('what is written as CSV is read again, however it is cut', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é') })
  const format = {
    kind: 'csv',
    column: ',',
    record: '\n',
    quote: '"',
    escape: '',
    hasHeaders: false,
  } as const
  // A record of one empty field is an empty line.
  const record = fc.array(field, { minLength: 2, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.array(record), fc.integer({ min: 1, max: 7 }), async (records, size) => {
      const text = records
        .map((fields) =>
          writeRow(
            fields.map((each) => ['', each] as const),
            format,
          ),
        )
        .join('')
      async function* pieces() {
        for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
      }
      const found: unknown[] = []
      for await (const row of readRows(pieces(), format)) found.push(row.columns().map(([, value]) => value))
      assert.deepEqual(found, records)
    }),
  )
})
