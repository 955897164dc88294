import type {Column, Entry} from '../entries.ts'
import {type Estimate, estimate} from '../statistics/estimate.ts'
import {itemVariance} from '../statistics/items.ts'
import {mean} from '../statistics/sample.ts'
import {idOf} from './id.ts'
import {commonOverrides, labelsOf} from './names.ts'
import {estimateText, whole} from './numbers.ts'
import type {Heading, Table} from './table.ts'

/** A suite of ours: a line a method, by the number of trainables. */
export function suiteTable(suite: string, entries: readonly Entry[]): Table {
  const columns = columnsOf(entries)
  const labels = labelsOf(entries)
  const common = commonOverrides(entries)
  const right = (text: string): Heading => ({text, align: 'right'})
  const rows = byParams(entries).map(entry => [
    {text: labels.get(entry.name)!},
    {text: whole(entry.params)},
    {text: String(entry.seeds.length)},
    ...columns.map(name => ({text: name in entry.columns ? estimateText(estimateOf(entry.columns[name])) : ''})),
    {text: entry.seconds.toFixed(0)},
  ])
  const heads = new Set(entries.map(({headParams}) => headParams).filter(count => count !== undefined))
  return {
    id: idOf(suite),
    title: `${suite}: score × 100, mean ± sd over seeds [95 % interval]`,
    head: [
      {text: 'Method', align: 'left'},
      ...['#Params', 'Seeds', ...columns.map(name => `${name} (${itemsOf(entries, name)})`), 'Seconds'].map(right),
    ],
    rows,
    notes: [
      ...(heads.size === 0
        ? []
        : [`A head of ${[...heads].map(whole).join(' or ')} numbers trains with every method.`]),
      ...(common.length === 0 ? [] : [`All runs are with overrides: ${common.join(' ')}.`]),
    ],
  }
}

/** What an entry's runs scored in one column, with its interval. */
export const estimateOf = ({metric, n, bySeed}: Column): Estimate => {
  const scores = [...bySeed.values()]
  const measured = {scores, itemVariance: itemVariance(mean(scores), n, metric)}
  return estimate(metric === 'accuracy' ? {...measured, n} : measured)
}

/** The columns that any of them has, by name. */
export const columnsOf = (entries: readonly Entry[]): string[] =>
  [...new Set(entries.flatMap(({columns}) => Object.keys(columns)))].sort()

const byParams = (entries: readonly Entry[]): Entry[] => entries.toSorted((a, b) => a.params - b.params)

/** `500 items`, of a metric that is not accuracy with its name. */
function itemsOf(entries: readonly Entry[], name: string): string {
  const columns = entries.map(({columns}) => columns[name]).filter(column => column !== undefined)
  const counts = [...new Set(columns.map(({n}) => n))].map(whole)
  const [{metric}] = columns
  return `${metric === 'accuracy' ? '' : `${metric}, `}n=${counts.join(' or ')}`
}
