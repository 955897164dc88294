import {formatCount, pluralize} from '../../base/pluralize.ts'
import {estimateText} from '../../results/score-text.ts'
import {type Estimate, estimate} from '../../statistics/estimate.ts'
import {itemVariance} from '../../statistics/item-variance.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {ReportEntry, ScoreColumn} from '../entries.ts'
import {countEqualRuns, type MatchedReference} from '../reference.ts'
import {slug} from './id.ts'
import {commonOverrides, entryLabels} from './labels.ts'
import type {Heading, TableCell, TextTable} from './text-table.ts'

/** Nothing is committed of the suite. */
const NONE: MatchedReference = {matched: new Map(), unmatched: []}

/** A suite of ours: a line a method, by the number of trainables, and below it that of the reference where there is one. */
export function suiteTable(suite: string, entries: readonly ReportEntry[], reference = NONE): TextTable {
  const columns = columnsOf(entries)
  const labels = entryLabels(entries)
  const common = commonOverrides(entries)
  const right = (text: string): Heading => ({text, align: 'right'})
  const {matched} = reference
  const rows = byParams(entries).flatMap((entry): (readonly TableCell[])[] => {
    const committed = matched.get(entry.name)
    const scores = (of: ReportEntry) =>
      columns.map(name => (name in of.columns ? estimateText(estimateOf(of.columns[name])) : ''))
    const own = [labels.get(entry.name)!, formatCount(entry.params), String(entry.seeds.length), ...scores(entry)]
    const line = [...own, entry.seconds.toFixed(0)].map(text => ({text, ...(matched.size > 0 ? {first: true} : {})}))
    if (!committed) return [line]
    const theirs = ['reference', '', String(committed.seeds.length), ...scores(committed), '']
    return [line, theirs.map(text => ({text, tone: 'quiet'}))]
  })
  const heads = new Set(entries.map(({headParams}) => headParams).filter(count => count !== undefined))
  return {
    id: slug(suite),
    title: `${suite}: score × 100, mean ± sd over seeds [95 % confidence interval]`,
    head: [
      {text: 'Method', align: 'left'},
      ...['#Params', 'Seeds', ...columns.map(name => `${name} (${itemsOf(entries, name)})`), 'Seconds'].map(right),
    ],
    rows,
    notes: [
      ...(heads.size === 0
        ? []
        : [`A head of ${[...heads].map(formatCount).join(' or ')} parameters is trained with every method.`]),
      ...(common.length === 0 ? [] : [`All runs are with overrides: ${common.join(' ')}.`]),
      ...referenceNotes(entries, reference),
    ],
  }
}

function referenceNotes(entries: readonly ReportEntry[], reference: MatchedReference): string[] {
  const {matched, unmatched} = reference
  const {runs, equal} = countEqualRuns(entries, reference)
  const labels = entryLabels(entries)
  return [
    ...(matched.size === 0
      ? []
      : [
          `reference: the rows that ship with svft, of the same recipe, model and data. ${runs === 0 ? 'No seed was run by both.' : `Of ${pluralize(runs, 'run')} with a seed of theirs ${equal} ${equal === 1 ? 'has' : 'have'} the same scores to the last bit.`}`,
        ]),
    ...(unmatched.length === 0
      ? []
      : [
          `The reference of ${unmatched.map(name => labels.get(name)).join(', ')} is of another recipe, model or data, and not shown.`,
        ]),
  ]
}

/** What an entry's runs scored in one column, with its interval. */
export const estimateOf = ({metric, n, bySeed}: ScoreColumn): Estimate => {
  const scores = [...bySeed.values()]
  const measured = {scores, itemVariance: itemVariance(mean(scores), n, metric)}
  return estimate(metric === 'accuracy' ? {...measured, n} : measured)
}

/** The columns that any of them has, by name. */
export const columnsOf = (entries: readonly ReportEntry[]): string[] =>
  [...new Set(entries.flatMap(({columns}) => Object.keys(columns)))].sort()

const byParams = (entries: readonly ReportEntry[]): ReportEntry[] => entries.toSorted((a, b) => a.params - b.params)

/** `500 items`, of a metric that is not accuracy with its name. */
function itemsOf(entries: readonly ReportEntry[], name: string): string {
  const columns = entries.map(({columns}) => columns[name]).filter(column => column !== undefined)
  const counts = [...new Set(columns.map(({n}) => n))].map(formatCount)
  const [{metric}] = columns
  return `${metric === 'accuracy' ? '' : `${metric}, `}n=${counts.join(' or ')}`
}
