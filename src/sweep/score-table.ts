import {groupBy} from '../base/collections.ts'
import {escapeLine} from '../base/printable.ts'
import {countedScore, lacksValue, type Row} from '../results/row.ts'
import {meanText} from '../results/score-text.ts'
import {alignColumns} from '../terminal/align-columns.ts'
import type {SweepResult} from './sweep.ts'

/** Formats the scores of the cells that are done, one line per recipe: mean ± standard deviation over its seeds, by test set. */
export function scoreTable(cells: SweepResult['cells']): string[] {
  const done = [...cells].flatMap(([label, {row}]) => (row ? [{name: label.replace(/ seed=\d+$/, ''), row}] : []))
  const splits = [...new Set(done.flatMap(({row}) => Object.keys(row.scores)))]
  const lines = [...groupBy(done, ({name}) => name)].map(([name, rows]) => [
    escapeLine(name),
    ...splits.map(split => scoreText(rows.flatMap(({row}) => row.scores[split] ?? []))),
    String(rows.length),
  ])
  if (lines.length === 0) return []
  const head = ['recipe', ...splits.map(split => escapeLine(split)), 'seeds']
  return alignColumns([head, ...lines], ['left', ...splits.map(() => 'right' as const), 'right'])
}

function scoreText(columns: readonly Row['scores'][string][]): string {
  const scores = columns.map(countedScore).filter(score => !Number.isNaN(score))
  const without = columns.filter(lacksValue).length
  if (scores.length === 0) return '–'
  const [{metric}] = columns
  if (metric === 'inverse-perplexity') return `perplexity ${meanText(scores, metric)}`
  const note = without === 0 ? '' : ` (${without} without a value, as 0)`
  return meanText(scores) + note
}
