import {groupBy} from '../../base/collections.ts'
import type {ClaimVerdict} from '../../paper/audit/audit.ts'
import {isTrial} from '../../recipes/file/suite.ts'
import {nameOf, type Row} from '../../results/row.ts'
import type {Verdict} from '../../statistics/verdict.ts'
import type {ReportEntry, ReportedRun} from '../entries.ts'
import type {RowOrigins} from '../origins.ts'
import {countVerdicts} from '../tables/paper-cells.ts'
import type {JudgedRow} from '../tables/paper-tables.ts'
import {answerChecklist, type ChecklistPoint} from './checklist.ts'
import {type RunCost, runCost, type StatedCost, type SuiteCost, statedCosts, suiteCosts} from './cost.ts'
import {listNotRun, type RowsNotRun} from './not-run.ts'
import {listReruns, type Rerun} from './rerun.ts'
import {type TestedClaim, testClaims} from './test-claims.ts'
import {countTrials, type SuiteTrials, splitTrials} from './trials.ts'

/** Everything that a reviewer of a reproduction asks for, as data. */
export interface ReproductionSummary {
  /** The printed scores that were compared, by verdict; a score that several tables print counts once. */
  readonly printed: Readonly<Record<Verdict, number>>
  readonly claims: readonly TestedClaim[]
  /** The numbers of the paper's prose, recomputed from its own tables. */
  readonly prose: readonly ClaimVerdict[]
  readonly notRun: readonly RowsNotRun[]
  readonly trials: readonly SuiteTrials[]
  readonly costs: readonly SuiteCost[]
  /** The cost of all suites. */
  readonly reportedCost: RunCost
  /** The cost of the trials of searches, as far as their rows were read. */
  readonly searchCost: RunCost
  /** The cost of all suites and of the trials. */
  readonly total: RunCost
  readonly stated: readonly StatedCost[]
  readonly reruns: readonly Rerun[]
  readonly checklist: readonly ChecklistPoint[]
}

export interface SummarySources {
  readonly runs: readonly ReportedRun[]
  readonly entries: readonly ReportEntry[]
  /** The rows of trials that the report does not show. */
  readonly trials: readonly Row[]
  readonly origins: RowOrigins
  /** The rows of the paper with their verdicts. */
  readonly rows: readonly JudgedRow[]
  readonly prose: readonly ClaimVerdict[]
}

/**
 * Builds the summary from rows, from the paper, and from the recipes and commits at hand: in the same repository, the same rows
 * give the same summary on another day and machine.
 */
export function buildSummary({rows, prose, origins, ...sources}: SummarySources): ReproductionSummary {
  const {results: runs, trials: triedRuns} = splitTrials(sources.runs, ({row}) => row.recipe)
  const {results: entries} = splitTrials(sources.entries, ({recipe}) => recipe)
  const tried = [...sources.trials, ...triedRuns.map(({row}) => row)]
  const suiteRows = rowsBySuite(runs, entries)
  const trials = countTrials(entries, {suiteRows, tried})
  const total = runCost([...runs.map(({row}) => row), ...tried])
  const reruns = listReruns(entries, origins)
  return {
    printed: countVerdicts(rows.flatMap(({cells}) => cells)),
    claims: testClaims(entries.filter(({recipe}) => !isTrial(recipe))),
    prose,
    notRun: listNotRun(rows),
    trials,
    costs: suiteCosts(suiteRows),
    reportedCost: runCost(runs.map(({row}) => row)),
    searchCost: runCost(tried),
    total,
    stated: statedCosts(rows, entries),
    reruns,
    checklist: answerChecklist({runs, entries, trials, reruns, cost: total}),
  }
}

/** The rows of each suite's runs, also of those that the report leaves out. */
function rowsBySuite(
  runs: readonly ReportedRun[],
  entries: readonly ReportEntry[],
): ReadonlyMap<string, readonly Row[]> {
  const byName = groupBy(
    runs.map(({row}) => row),
    nameOf,
  )
  const suites = groupBy(entries, ({suite}) => suite)
  return new Map([...suites].map(([suite, own]) => [suite, own.flatMap(({name}) => byName.get(name) ?? [])]))
}
