/** One call of a word of `aloft storage`. */
import type { CommandContext } from '../terminal.ts'

export interface StorageCall {
  /** What follows the word. */
  readonly operands: readonly string[]
  readonly connection: string
  readonly options: {
    readonly json?: boolean
    /** At most so many. */
    readonly top?: number
    readonly filter?: string
    readonly select?: readonly string[]
    readonly contentType?: string
    readonly overwrite?: boolean
  }
  readonly context: CommandContext
}

/** One call of a word about the storage in a data folder. */
export interface DataCall {
  readonly operands: readonly string[]
  /** Absolute path. */
  readonly directory: string
  readonly options: {
    readonly json?: boolean
    readonly repair?: boolean
    readonly 'identity-port'?: number
    readonly 'no-identity'?: boolean
    readonly 'storage-ports'?: readonly string[]
    readonly 'storage-website-port'?: number
    readonly 'storage-oauth'?: string
    readonly 'storage-versioning'?: boolean
    readonly 'storage-container-retention'?: number
    readonly 'storage-change-feed'?: boolean
  }
  readonly context: CommandContext
}
