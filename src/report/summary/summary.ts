import type {ClaimVerdict} from '../../paper/audit/audit.ts'
import type {ReportEntry, ReportedRun} from '../entries.ts'
import {distinctComparisons} from '../tables/paper-cells.ts'
import type {JudgedRow} from '../tables/paper-tables.ts'
import {answerChecklist, type ChecklistPoint} from './checklist.ts'
import {costOf, type RunCost, type StatedCost, type SuiteCost, statedCosts, suiteCosts} from './cost.ts'
import {listNotRun, type RowsNotRun} from './not-run.ts'
import {listReruns, type Rerun} from './rerun.ts'
import {type TestedClaim, testClaims} from './test-claims.ts'
import {countTrials, type SuiteTrials} from './trials.ts'

/** Everything that a reviewer of a reproduction asks for, as data. */
export interface ReproductionSummary {
  /** The printed scores that were compared, by verdict; a score that several tables print counts once. */
  readonly printed: {
    readonly reproduced: number
    readonly indistinguishable: number
    readonly deviates: number
    /** Cells without a verdict. */
    readonly incomplete: number
  }
  readonly claims: readonly TestedClaim[]
  /** The numbers of the paper's prose, recomputed from its own tables. */
  readonly prose: readonly ClaimVerdict[]
  readonly notRun: readonly RowsNotRun[]
  readonly trials: readonly SuiteTrials[]
  readonly costs: readonly SuiteCost[]
  readonly total: RunCost
  readonly stated: readonly StatedCost[]
  readonly reruns: readonly Rerun[]
  readonly checklist: readonly ChecklistPoint[]
}

export interface SummarySources {
  readonly runs: readonly ReportedRun[]
  readonly entries: readonly ReportEntry[]
  /** The rows of the paper with their verdicts. */
  readonly rows: readonly JudgedRow[]
  readonly prose: readonly ClaimVerdict[]
}

/** Builds the summary from rows and the paper alone, so that the same rows give the same summary on another day and machine. */
export function buildSummary({runs, entries, rows, prose}: SummarySources): ReproductionSummary {
  const cells = rows.flatMap(({cells}) => cells)
  const compared = distinctComparisons(cells)
  const countOf = (verdict: string) => compared.filter(one => one.verdict === verdict).length
  const trials = countTrials(runs, entries)
  const total = costOf(runs.map(({row}) => row))
  return {
    printed: {
      reproduced: countOf('reproduced'),
      indistinguishable: countOf('indistinguishable'),
      deviates: countOf('deviates'),
      incomplete: cells.filter(({verdict}) => verdict === 'incomplete').length,
    },
    claims: testClaims(entries),
    prose,
    notRun: listNotRun(rows),
    trials,
    costs: suiteCosts(runs, entries),
    total,
    stated: statedCosts(rows, entries),
    reruns: listReruns(entries),
    checklist: answerChecklist({runs, entries, trials, cost: total}),
  }
}
