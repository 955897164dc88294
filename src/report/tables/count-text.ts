import {formatCount} from '../../base/pluralize.ts'
import {seedsText} from '../../results/score-text.ts'
import type {ScoreColumn} from '../entries.ts'

/** `1,000`, or `1,000 or 500` where not all columns have as many items. */
export const itemCounts = (columns: readonly ScoreColumn[]): string =>
  [...new Set(columns.map(({n}) => n))].map(formatCount).join(' or ')

/** `1,000 items, 20 seeds`, and the precision that all of them share, if it is not float32: `1,000 items, 20 seeds, bf16`. */
export function itemsAndSeeds(columns: readonly ScoreColumn[], precision?: string): string {
  const counts = columns.map(({bySeed}) => bySeed.size)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  const seeds = least === most ? seedsText(most) : `${least} to ${most} seeds`
  return `${itemCounts(columns)} items, ${seeds}${precision ? `, ${precision}` : ''}`
}
