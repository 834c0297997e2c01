/** What Put Block List makes of the blocks that it names. */
import { blobErrors } from '../errors.ts'

export interface Block {
  /** Base64, as the client sent it. */
  readonly id: string
  readonly length: number
  /** Of the engine's bytes. */
  readonly key: string
  /** MD5 in base64. */
  readonly sum: string
}

export interface BlockReference {
  readonly id: string
  /** Where to look for it; `latest`: among the uncommitted, then the committed. */
  readonly from: 'latest' | 'committed' | 'uncommitted'
}

/**
 * The blocks in the order in which they are named; one may be named more than once.
 * @throws StorageError InvalidBlockList
 */
export function resolveBlockList(
  references: readonly BlockReference[],
  committed: ReadonlyMap<string, Block>,
  uncommitted: ReadonlyMap<string, Block>,
): Block[] {
  return references.map(({ id, from }) => {
    const block =
      (from === 'committed' ? undefined : uncommitted.get(id)) ??
      (from === 'uncommitted' ? undefined : committed.get(id))
    if (!block) throw blobErrors.InvalidBlockList()
    return block
  })
}

export function byId(blocks: readonly Block[]): Map<string, Block> {
  return new Map(blocks.map((block) => [block.id, block]))
}

type StoredBlock = readonly [id: string, length: number, key: string, sum: string]

export function encodeBlocks(blocks: readonly Block[]): Uint8Array {
  const rows = blocks.map(({ id, length, key, sum }): StoredBlock => [id, length, key, sum])
  return Buffer.from(JSON.stringify(rows))
}

export function decodeBlocks(bytes: Uint8Array): Block[] {
  const rows = JSON.parse(Buffer.from(bytes).toString()) as StoredBlock[]
  return rows.map(([id, length, key, sum]) => ({ id, length, key, sum }))
}
