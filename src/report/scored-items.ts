import type {MetricName} from '../statistics/item-variance.ts'

/** How a test file was scored, and on which items. */
export interface ScoredItems {
  readonly metric: MetricName
  /** The number of items. */
  readonly n: number
  /** A hash of what the predictions record of the items; undefined where they are not at hand. */
  readonly itemHash?: string | undefined
}

/**
 * Whether scores may be compared: they are of one metric, and no predictions show that equally many items differ. A smaller
 * set may be a subset.
 */
export const isComparable = (a: ScoredItems, b: ScoredItems): boolean =>
  a.metric === b.metric && (a.n !== b.n || a.itemHash === b.itemHash || !a.itemHash || !b.itemHash)
