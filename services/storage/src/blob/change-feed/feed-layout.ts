/**
 * Where the parts of a change feed lie, and what its index says (Azure documentation, "Change feed support in Azure Blob
 * Storage"): a segment for each hour, with one file of events.
 */
export const feedContainer = '$blobchangefeed'
export const indexBlob = 'meta/segments.json'

const hourMs = 3_600_000

/** The hour of a time, by its beginning; both milliseconds since 1970. */
export function hourOf(time: number): number {
  return time - (time % hourMs)
}

/** `2026/01/31/1700` */
function hourPath(hour: number): string {
  return `${new Date(hour).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')}00`
}

export function segmentBlob(hour: number): string {
  return `idx/segments/${hourPath(hour)}/meta.json`
}

export function eventsBlob(hour: number): string {
  return `${shardOf(hour)}00000.avro`
}

function shardOf(hour: number): string {
  return `log/00/${hourPath(hour)}/`
}

/** @param status `Publishing` as long as events may be added to it */
export function renderSegment(hour: number, status: 'Publishing' | 'Finalized'): string {
  return JSON.stringify({
    version: 0,
    begin: new Date(hour).toISOString(),
    intervalSecs: hourMs / 1000,
    status,
    config: {
      version: 0,
      numShards: 1,
      recordsFormat: 'avro',
      formatSchemaVersion: 3,
      shardDistFnVersion: 1,
    },
    chunkFilePaths: [`${feedContainer}/${shardOf(hour)}`],
    storageDiagnostics: { version: 0 },
  })
}

/** Readers go up to the segments before `lastConsumable`, so that of an hour under way is among them. */
export function renderIndex(hour: number): string {
  const lastConsumable = new Date(hour + hourMs).toISOString()
  return JSON.stringify({ version: 0, lastConsumable, storageDiagnostics: { version: 0 } })
}
