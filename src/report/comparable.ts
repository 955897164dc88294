import {groupBy} from '../base/collections.ts'
import type {ReportEntry, ScoreColumn} from './entries.ts'
import {haveOtherTasks, isComparable} from './scored-items.ts'

/** The entries with scores on one test file, of which only the comparable ones are compared. */
interface ComparableEntries {
  readonly column: string
  /** The largest set of entries that are comparable with each other, the first of several. */
  readonly compared: readonly ReportEntry[]
  readonly others: readonly ReportEntry[]
}

export function findComparable(entries: readonly ReportEntry[], column: string): ComparableEntries {
  const scored = entries.filter(({columns}) => column in columns)
  const groups: ReportEntry[][] = []
  for (const entry of scored.toSorted((a, b) => countKnown(b.columns[column]) - countKnown(a.columns[column]))) {
    const own = byLength(groups).find(group =>
      group.every(other => isComparable(other.columns[column], entry.columns[column])),
    )
    if (own) own.push(entry)
    else groups.push([entry])
  }
  const [largest = []] = byLength(groups)
  const isCompared = (entry: ReportEntry) => largest.includes(entry)
  return {column, compared: scored.filter(isCompared), others: scored.filter(entry => !isCompared(entry))}
}

/** How much is known of what was scored: the task, the items, or both. */
const countKnown = ({task, hashes}: ScoreColumn) => Number(task !== undefined) + Number((hashes?.size ?? 0) > 0)

const byLength = (groups: readonly ReportEntry[][]) => groups.toSorted((a, b) => b.length - a.length)

/** Sentences about the entries that are not compared with the others on one test file. */
export function incomparableNotes(
  {column, compared, others}: ComparableEntries,
  label: (entry: ReportEntry) => string,
): string[] {
  const reasonOf = ({columns}: ReportEntry) => {
    const unlike = compared.find(one => !isComparable(columns[column], one.columns[column])) ?? compared[0]
    return differenceText(columns[column], unlike.columns[column])
  }
  return [...groupBy(others, reasonOf)].map(
    ([reason, own]) =>
      `${column}: ${own.map(label).join(', ')} ${own.length === 1 ? 'is' : 'are'} not compared with the others, ${reason}.`,
  )
}

function differenceText(column: ScoreColumn, other: ScoreColumn): string {
  const {task, metric, hashes} = column
  if (haveOtherTasks(column, other)) return `because the task is ${task}, and not ${other.task}`
  if (metric !== other.metric) return `because the metric is ${metric}, and not ${other.metric}`
  if (hashes?.get('answers') === other.hashes?.get('answers')) return 'because the model read other test items'
  return metric === 'inverse-perplexity'
    ? 'because the test texts have other numbers of tokens'
    : 'because the test items have other correct answers'
}
