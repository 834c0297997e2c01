/**
 * Shows an app's log to whoever follows it over HTTP, while it is written. It costs nothing while nobody does.
 */
import type { ServerResponse } from 'node:http'
import {
  type Clock,
  formatTimestamp,
  jsonLinesSink,
  LevelFilter,
  LineOutput,
  type LogLevel,
  type LogRecord,
  type LogSink,
  lineSink,
} from '@aloft/kernel'
import { formatRecord, functionOf } from '../log-lines.ts'

export interface LogFollowing {
  /** Only lines of this function, its own and the host's about it; compared without case. */
  readonly functionName: string | undefined
  /** Least level, for all categories; undefined = host.json `logging.logLevel`. */
  readonly level: LogLevel | undefined
  /** host.json `logging.logLevel`. */
  readonly hostLevels: Readonly<Record<string, LogLevel>>
  readonly format: 'text' | 'json'
}

interface Follower {
  readonly sink: LogSink
  readonly response: ServerResponse
  /** Lower case. */
  readonly functionName: string | undefined
  /** Lines that were left out because the follower does not keep up. */
  leftOut: number
  hasNews: boolean
}

/** A sign of life when there is nothing to tell, as Azure gives it: proxies end what is silent. */
const heartbeatMs = 60_000
/** A follower who is so many bytes behind gets no more until it has read some. */
const mostBehindBytes = 1024 * 1024

export class LogStream implements LogSink {
  readonly #clock: Clock
  readonly #followers = new Set<Follower>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Writes to `response`, whose head is sent, until it or the app ends. */
  follow(response: ServerResponse, following: LogFollowing): void {
    const { functionName, level, hostLevels, format } = following
    const filter = new LevelFilter(level ? {} : hostLevels, level)
    const output = new LineOutput((text) => void response.write(text))
    const sink =
      format === 'json'
        ? jsonLinesSink({ output, filter })
        : lineSink({ output, filter, format: formatRecord })
    const name = functionName?.toLowerCase()
    const follower: Follower = { sink, response, functionName: name, leftOut: 0, hasNews: true }
    this.#followers.add(follower)
    const note = (text: string) => {
      if (format === 'text') output.print(`${formatTimestamp(this.#clock.now())}  ${text}\n`)
      else output.print('\n')
    }
    note('Welcome, you are now connected to log-streaming service.')
    const heartbeat = this.#clock.every(heartbeatMs, () => {
      if (!follower.hasNews) note('No new trace in the past 1 min(s).')
      follower.hasNews = false
    })
    response.once('close', () => {
      heartbeat.cancel()
      this.#followers.delete(follower)
    })
  }

  isEnabled(level: LogLevel, category: string): boolean {
    for (const { sink } of this.#followers) if (sink.isEnabled?.(level, category)) return true
    return false
  }

  write(record: LogRecord): void {
    for (const follower of this.#followers) {
      const { sink, response, functionName } = follower
      if (!sink.isEnabled?.(record.level, record.category)) continue
      if (functionName !== undefined && functionOf(record)?.toLowerCase() !== functionName) continue
      follower.hasNews = true
      if (response.writableLength > mostBehindBytes) {
        follower.leftOut++
        continue
      }
      if (follower.leftOut > 0) sink.write(leftOutRecord(record, follower.leftOut))
      follower.leftOut = 0
      sink.write(record)
    }
  }

  /** Ends all streams. */
  async close(): Promise<void> {
    for (const { sink, response } of this.#followers) {
      await sink.flush?.()
      response.end()
    }
  }
}

function leftOutRecord({ time }: LogRecord, count: number): LogRecord {
  const message = `${count} lines were left out: you do not read as fast as they are written.`
  return { time, level: 'warning', category: 'Host.LogStream', message, fields: {}, error: undefined }
}
