import {groupBy, sum} from '../../base/collections.ts'
import type {Printing} from '../printed-counts.ts'
import {TEST_SETS} from '../test-sets.ts'
import type {ClaimVerdict, PaperAudit} from './audit.ts'
import type {MeanVerdict} from './means.ts'
import type {ParamsVerdict} from './params.ts'
import type {AccuracyVerdict} from './scores.ts'

/** The numbers of cells and claims by verdict. */
export interface AuditSummary {
  readonly params: Readonly<Record<ParamsVerdict['verdict'], number>>
  /** How the counts of the reproduced cells were shortened. */
  readonly printing: Readonly<Record<Printing, number>>
  readonly scores: readonly TestSetSummary[]
  readonly means: Readonly<Record<MeanVerdict['verdict'], number>>
  readonly claims: Readonly<Record<ClaimSummary, number>>
}

/** The printed accuracies on a test set. */
export interface TestSetSummary {
  readonly testSet: string
  readonly items: number
  readonly cells: number
  readonly rounded: number
  readonly truncated: number
  readonly impossible: number
  /** How many of as many random scores would be rounded shares, and how many would fit at all. */
  readonly expectedRounded: number
  readonly expected: number
}

/** The verdict of a whole claim; `holds in part` if some of its numbers hold and others do not. */
export type ClaimSummary = 'holds' | 'holds in part' | 'differs' | 'not checkable'

export function summarize({params, scores, means, claims}: Omit<PaperAudit, 'version'>): AuditSummary {
  const reproduced = params.filter(({verdict}) => verdict === 'reproduced')
  const wholeClaims = [...groupBy(claims, ({claim}) => claim).values()].map(summarizeClaim)
  return {
    params: countVerdicts(params, ['reproduced', 'convention', 'unexplained']),
    printing: count(
      reproduced.map(({printing}) => printing),
      ['rounded', 'truncated', 'rounded twice'],
    ),
    scores: [...groupBy(scores, testSetOf)].map(([testSet, cells]) => summarizeTestSet(testSet, cells)),
    means: countVerdicts(means, ['holds', 'differs', 'not checkable']),
    claims: count(wholeClaims, ['holds', 'holds in part', 'differs', 'not checkable']),
  }
}

const countVerdicts = <Name extends string>(found: readonly {readonly verdict: Name}[], names: readonly Name[]) =>
  count(
    found.map(({verdict}) => verdict),
    names,
  )

/** Counts how often each of the names occurs. */
function count<Name extends string>(
  found: readonly (Name | undefined)[],
  names: readonly Name[],
): Record<Name, number> {
  return Object.fromEntries(names.map(name => [name, found.filter(one => one === name).length])) as Record<Name, number>
}

/** Both columns of table 6 are scores on GSM-8K. */
const testSetOf = ({column}: AccuracyVerdict): string => {
  const {name} = TEST_SETS[column]
  return name !== undefined && name in TEST_SETS ? name : column
}

function summarizeTestSet(testSet: string, cells: readonly AccuracyVerdict[]): TestSetSummary {
  return {
    testSet,
    items: cells[0].items,
    cells: cells.length,
    ...countVerdicts(cells, ['rounded', 'truncated', 'impossible']),
    expectedRounded: sum(cells.map(({chanceRounded}) => chanceRounded)),
    expected: sum(cells.map(({chance}) => chance)),
  }
}

export function summarizeClaim(parts: readonly ClaimVerdict[]): ClaimSummary {
  const verdicts = new Set(parts.map(({verdict}) => verdict))
  if (verdicts.has('holds')) return verdicts.has('differs') ? 'holds in part' : 'holds'
  return verdicts.has('differs') ? 'differs' : 'not checkable'
}
