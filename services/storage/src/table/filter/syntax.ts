/** The tree of a `$filter` expression (REST reference, "Querying tables and entities"). */
import type { EdmType } from '../edm/value.ts'

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'

/** `value` is what comparisons compare: see `comparable`. */
export interface Literal {
  readonly kind: 'literal'
  readonly type: EdmType
  readonly value: string | number | bigint | boolean
}

export interface PropertyReference {
  readonly kind: 'property'
  readonly name: string
}

export type Operand = Literal | PropertyReference

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Filter[] }
  | { readonly kind: 'not'; readonly term: Filter }
  | {
      readonly kind: 'compare'
      readonly operator: Comparison
      readonly left: Operand
      readonly right: Operand
    }
  /** An operand by itself: a boolean property that is true. */
  | { readonly kind: 'truth'; readonly operand: Operand }
