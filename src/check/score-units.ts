import {escapeLine} from '../base/printable.ts'

interface ScoredColumn {
  readonly column: string
  /** The metric; default: accuracy. */
  readonly metric?: string | undefined
}

export const points = (score: number): string => (100 * score).toFixed(2)

/** The name of a column, with the unit of its scores if they are not points: `answers, 100 / perplexity`. */
export const columnText = (scored: ScoredColumn): string =>
  `${escapeLine(scored.column)}${isPerplexity(scored) ? ', 100 / perplexity' : ''}`

/** Whether the scores of a column are inverse perplexities. */
export const isPerplexity = ({metric}: ScoredColumn): boolean => metric === 'inverse-perplexity'
