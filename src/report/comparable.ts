import {groupBy} from '../base/collections.ts'
import {isTrained, type ReportEntry, type ScoreColumn} from './entries.ts'
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

/**
 * Sentences about the compared entries whose files of data, for training or the tests, are not those of the others by the
 * hashes in their rows, while no predictions show that the test items are the same.
 */
export function unprovenNotes({column, compared}: ComparableEntries, label: (entry: ReportEntry) => string): string[] {
  const [, ...others] = byLength(groupByData(compared.filter(isTrained), column))
  const names = others.flat().map(label)
  if (names.length === 0) return []
  const [have, theirs] = names.length === 1 ? ['has', 'its row'] : ['have', 'their rows']
  return [
    `${column}: ${names.join(', ')} ${have} other data than the others, by the hashes in ${theirs}. Whether the test items are the same, only a report from the folders of runs can tell.`,
  ]
}

/** Groups entries that are known to have read the same files, or whose predictions are at hand. */
function groupByData(entries: readonly ReportEntry[], column: string): ReportEntry[][] {
  const isKnown = ({columns}: ReportEntry) => (columns[column].hashes?.size ?? 0) > 0
  const revisions = ({rows}: ReportEntry) => rows.flatMap(({dataRevision = ''}) => dataRevision)
  const groups: ReportEntry[][] = []
  for (const entry of entries.toSorted((a, b) => Number(isKnown(b)) - Number(isKnown(a)))) {
    const own = new Set(revisions(entry))
    const isAlike = (other: ReportEntry) =>
      (isKnown(entry) && isKnown(other)) || revisions(other).some(revision => own.has(revision))
    const group = groups.find(group => group.some(isAlike))
    if (group) group.push(entry)
    else groups.push([entry])
  }
  return groups
}
