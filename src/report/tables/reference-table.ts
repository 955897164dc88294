import type {Entry} from '../entries.ts'
import {againstReference} from '../statistics/reference.ts'
import {mean, variance} from '../statistics/sample.ts'
import {percent, signed} from './numbers.ts'
import type {Table, TableCell} from './table.ts'

const ALPHA = 0.01

/** New seeds against those of a reference: every column that both have, of recipes whose reference has 2 seeds or more. */
export function referenceTable(entries: readonly Entry[], reference: readonly Entry[]): Table {
  const pairs = entries.flatMap(entry => {
    const known = reference.find(({recipe}) => recipe === entry.recipe)
    return Object.keys(entry.columns).flatMap(column => {
      const [old, scores] = [known, entry].map(one => [...(one?.columns[column]?.bySeed.values() ?? [])])
      return old.length > 1 && scores.length > 0 ? [{recipe: entry.recipe, column, old, scores}] : []
    })
  })
  const alpha = ALPHA / pairs.length
  return {
    id: 'reference',
    title: 'Against the reference: score × 100, mean ± sd over seeds',
    head: [
      {text: 'Recipe', align: 'left'},
      {text: 'Column', align: 'left'},
      ...['Reference', 'Ours', 'Difference', 'Bound', 'Verdict'].map(text => ({text, align: 'right'}) as const),
    ],
    rows: pairs.map(({recipe, column, old, scores}): TableCell[] => {
      const {difference, bound, verdict} = againstReference(old, scores, alpha)
      const texts = [recipe, column, spread(old), spread(scores), signed(difference), signed(-bound)]
      return [...texts.map(text => ({text})), {text: verdict, tone: verdict === 'fallen' ? 'bad' : 'good'}]
    }),
    notes: [
      `fallen: below the reference by more than its seeds explain, one-sided at ${percent(ALPHA, 0)} % for all ${pairs.length} together. Both sides answered the same items.`,
    ],
  }
}

function spread(scores: readonly number[]): string {
  const s2 = variance(scores)
  return `${percent(mean(scores))}${s2 === undefined ? '' : ` ± ${percent(Math.sqrt(s2))}`} (${scores.length})`
}
