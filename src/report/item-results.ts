import type {Row} from '../results/row.ts'
import type {ItemScores} from '../statistics/paired-items.ts'
import type {ItemHashes} from './scored-items.ts'

/** The items' scores of one run on one test file, in the order of the file. */
export interface ItemResults {
  /** The row of the run, compared by identity: a recipe may have been run twice with one seed. */
  readonly row: Row
  readonly column: string
  readonly items: ItemScores
  readonly hashes?: ItemHashes | undefined
}
