import type {MetricName} from '../statistics/item-variance.ts'

/** How a test file was scored, and on which items. */
export interface ScoredItems {
  /** The task as which the file was scored; undefined if no row records it. */
  readonly task?: string | undefined
  readonly metric: MetricName
  /** The number of items. */
  readonly n: number
  readonly hashes?: ItemHashes | undefined
}

/**
 * Hashes of what predictions record of all items, in order: `answers` of their correct answers, or numbers of tokens, and
 * `contents` of what the model read. Empty where nothing is recorded, or no predictions are at hand.
 */
export type ItemHashes = ReadonlyMap<'answers' | 'contents', string>

/**
 * Whether scores may be compared: they are of one metric, of one task as far as rows record it, and no predictions show that
 * equally many items differ. A smaller set may be a subset.
 */
export const isComparable = (a: ScoredItems, b: ScoredItems): boolean =>
  a.metric === b.metric && !haveOtherTasks(a, b) && (a.n !== b.n || !differ(a.hashes, b.hashes))

/** Whether both scores are of known tasks, which differ. */
export const haveOtherTasks = ({task: a}: ScoredItems, {task: b}: ScoredItems): boolean =>
  a !== undefined && b !== undefined && a !== b

const differ = (a: ItemHashes = new Map(), b: ItemHashes = new Map()): boolean =>
  [...a].some(([kind, hash]) => b.has(kind) && b.get(kind) !== hash)
