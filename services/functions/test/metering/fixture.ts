/** A meter on the real engine, with a clock that stands still and apps that have the memory that a test gives them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Engine, openEngine } from '@aloft/engine'
import { type InvocationTelemetry, Logger, type LogRecord } from '@aloft/kernel'
import { VirtualClock } from '@aloft/kernel/testing'
import {
  consumptionPrices,
  Meter,
  type MeteredApp,
  reportUsage,
  type UsageQuery,
  type UsageReport,
} from '../../src/metering/index.ts'

export interface MeterFixture {
  readonly clock: VirtualClock
  readonly engine: Engine
  readonly meter: Meter
  readonly records: readonly LogRecord[]
  /** As the host has them; a process's id is its memory in megabytes. */
  readonly apps: MeteredApp[]
  /** One execution that ends now. */
  run(run: Partial<InvocationTelemetry>): void
  report(query?: Partial<UsageQuery>): Promise<UsageReport>
}

export async function startMeter(t: TestContext, start?: number): Promise<MeterFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'aloft-metering-'))
  const clock = new VirtualClock(start)
  const records: LogRecord[] = []
  const log = new Logger(clock, [{ write: (record) => records.push(record) }])
  const engine = await openEngine({ directory, clock, log })
  t.after(async () => {
    await engine.close()
    await rm(directory, { recursive: true, force: true })
  })
  const apps: MeteredApp[] = []
  const meter = newMeter({ engine, clock, log }, apps)
  await meter.start()
  return {
    clock,
    engine,
    meter,
    records,
    apps,
    run: (run) => meter.invocation(telemetry(clock, run)),
    async report({ from = 0, to = clock.now() + 60_000, app } = {}) {
      await settle(engine)
      return engine.database.read((snapshot) => reportUsage(snapshot, { from, to, app }, consumptionPrices))
    },
  }
}

/** Another run of a host on the same engine. */
export function newMeter(
  options: { readonly engine: Engine; readonly clock: VirtualClock; readonly log: Logger },
  apps: readonly MeteredApp[],
): Meter {
  const residentBytes = (ids: readonly number[]) => ids.reduce((sum, id) => sum + id, 0) * 2 ** 20
  return new Meter({ ...options, apps: () => apps, residentBytes })
}

/** What is under way in the database, and what follows from it, is over. */
async function settle(engine: Engine): Promise<void> {
  for (let round = 0; round < 4; round++) await engine.database.write(() => undefined)
}

export function telemetry(clock: VirtualClock, run: Partial<InvocationTelemetry>): InvocationTelemetry {
  const durationMs = run.durationMs ?? 10
  return {
    app: 'shop',
    functionName: 'orders',
    invocationId: '1',
    traceId: '',
    spanId: '',
    parentSpanId: '',
    trigger: 'httpTrigger',
    startTime: clock.now() - durationMs,
    success: true,
    resultCode: '200',
    url: undefined,
    error: undefined,
    ...run,
    durationMs,
  }
}
