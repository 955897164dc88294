import {formatScore} from '../../results/score-text.ts'
import type {ReportEntry} from '../entries.ts'
import {isSignificantlyBetter, type PairwiseComparison, rankEntries} from '../suite-comparison.ts'
import {comparisonNotes} from './comparison-notes.ts'
import {entryLabels} from './labels.ts'
import {slug} from './slug.ts'
import {cells, left, right, type TextTable} from './text-table.ts'

/** The significant pairwise differences on one test file, the best method first. */
export function comparisonTable(entries: readonly ReportEntry[], compared: PairwiseComparison): TextTable {
  const {suite, column} = compared
  const label = entryLabels(entries)
  const scored = rankEntries(entries, compared)
  const list = (among: readonly {readonly entry: ReportEntry}[]) =>
    among.length > FEW && among.length === scored.length - 1
      ? `all ${among.length} others`
      : among.map(({entry}) => label(entry)).join(', ') || '–'
  const rows = scored.map(one => {
    const others = scored.filter(other => other !== one)
    const worse = others.filter(other => isSignificantlyBetter(compared, one.entry.name, other.entry.name))
    const better = others.filter(other => isSignificantlyBetter(compared, other.entry.name, one.entry.name))
    const score = formatScore(one.score, one.entry.columns[column].metric)
    return cells(label(one.entry), score, list(worse), list(better))
  })
  return {
    id: slug(suite, column, 'pairs'),
    title: `${suite}, ${column}: significant pairwise differences`,
    head: [left('Method'), right('Score'), left('Significantly better than'), left('Significantly worse than')],
    rows,
    notes: comparisonNotes(entries, compared),
  }
}

/** Up to this many names are listed, even if they are all. */
const FEW = 3
