import type {PaperRow} from './rows.ts'
import {fitShare, parseShare} from './score-granularity.ts'
import {isAccuracy, TEST_SETS} from './test-sets.ts'

/** Whether no number of right answers on its test set gives a printed accuracy. */
export const isImpossible = ({printed}: PaperRow, column: string): boolean =>
  isAccuracy(column) && fitShare(parseShare(printed[column]), TEST_SETS[column].items).shortening === 'impossible'

/**
 * Whether the scores of a row may be means over several runs: those of earlier work, and those of the published table of
 * vision, of which no more are shares of their test sets than by chance (docs/AUDIT.md).
 */
export const mayBeMeans = ({version, table, method}: PaperRow): boolean =>
  method.prior === true || (version === 'neurips2024' && table === 4)
