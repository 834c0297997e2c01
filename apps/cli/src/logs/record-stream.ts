/** The log of a running host, over HTTP: `/admin/logstream`, an object a line. */
import { type LogRecord, parseLogLevel, UserError } from '@aloft/kernel'

export interface RecordStream {
  readonly appName: string
  /** Ends when the host does, or the signal given to `openRecordStream` aborts. */
  readonly records: AsyncIterable<LogRecord>
}

export interface StreamQuery {
  readonly functionName: string | undefined
  readonly level: string | undefined
  /** Master key, for hosts that ask for one. */
  readonly key: string | undefined
  readonly signal: AbortSignal
}

/** Undefined when nobody answers at `url`. @throws UserError when whoever answers does not show its log */
export async function openRecordStream(url: URL, query: StreamQuery): Promise<RecordStream | undefined> {
  const { functionName, level, key, signal } = query
  const target = new URL('/admin/logstream?format=json', url)
  if (functionName !== undefined) target.searchParams.set('function', functionName)
  if (level !== undefined) target.searchParams.set('level', level)
  let response: Response
  try {
    response = await fetch(target, { headers: key === undefined ? {} : { 'x-functions-key': key }, signal })
  } catch {
    return undefined
  }
  const name = response.headers.get('x-aloft-app')
  if (response.ok && name !== null && response.body)
    return { appName: decodeURIComponent(name), records: readRecords(response.body, signal) }
  await response.body?.cancel()
  throw refusal(response.status, url)
}

function refusal(status: number, url: URL): UserError {
  if (status === 401)
    return new UserError(`${url.origin} asks for its master key`, { hint: 'Give it with --key.' })
  if (status === 400) return new UserError(`${url.origin} does not know that level`)
  return new UserError(`What answers at ${url.origin} shows no log (status ${status})`, {
    hint: 'Is it Aloft, and does the app run?',
  })
}

async function* readRecords(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncIterable<LogRecord> {
  let rest = ''
  try {
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield parseRecord(line)
    }
  } catch (error) {
    // A host that is ended breaks the connection off; a line that is no record is another matter.
    if (error instanceof SyntaxError && !signal.aborted) throw error
  }
}

interface WrittenRecord {
  readonly time: string
  readonly level: string
  readonly category: string
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string }
}

function parseRecord(line: string): LogRecord {
  const { time, level, category, message, fields = {}, error } = JSON.parse(line) as WrittenRecord
  return {
    time: Date.parse(time),
    level: parseLogLevel(level) ?? 'information',
    category,
    message,
    fields,
    error: error && Object.assign(new Error(error.message), { name: error.name, stack: error.stack }),
  }
}
