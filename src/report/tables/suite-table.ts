import {compact, groupBy} from '../../base/collections.ts'
import {formatCount, pluralize} from '../../base/pluralize.ts'
import {formatEstimate, unknownErrorText} from '../../results/score-text.ts'
import {columnNames, type ReportEntry, type ScoreColumn} from '../entries.ts'
import {divergedTexts, withoutValueTexts} from '../entry-texts.ts'
import {countEqualRuns, type MatchedReference} from '../match-reference.ts'
import {estimateOf} from '../suite-comparison.ts'
import {itemCounts} from './count-text.ts'
import {commonOverrides, entryLabels, sharedPrecision} from './labels.ts'
import {memoryText, stepText} from './measured-cost-text.ts'
import {slug} from './slug.ts'
import {type Heading, left, right, type TableCell, type TextTable} from './text-table.ts'
import {tunedText, tuningNotes} from './tuning-notes.ts'

/** A suite without reference rows. */
const NONE: MatchedReference = {matched: new Map(), unmatched: []}

/** The table of a suite: a line for each method, by the number of trainable parameters, and the reference below it. */
export function suiteTable(suite: string, entries: readonly ReportEntry[], reference = NONE): TextTable {
  const columns = tableColumns(entries)
  const hasReference = reference.matched.size > 0
  const rows = byParams(entries).flatMap((entry): (readonly TableCell[])[] => {
    const committed = reference.matched.get(entry.name)
    const own = columns.map(({text}) => ({text: text(entry), first: hasReference || undefined}))
    if (!committed) return [own]
    return [own, columns.map(({reference = () => ''}): TableCell => ({text: reference(committed), tone: 'quiet'}))]
  })
  return {
    id: slug(suite),
    title: `${suite}: ${unitText(entries)}, mean ± sd over seeds [95 % confidence interval]`,
    head: columns.map(({heading}) => heading),
    rows,
    notes: [
      ...sharedNotes(entries),
      ...tuningNotes(entries),
      ...intervalNotes(entries),
      ...missingNotes(entries),
      ...machineNotes(entries),
      ...referenceNotes(entries, reference),
    ],
  }
}

/** A column of the table, with its text for an entry, and for a reference entry, which is empty by default. */
interface TableColumn {
  readonly heading: Heading
  readonly text: (entry: ReportEntry) => string
  readonly reference?: (committed: ReportEntry) => string
}

function tableColumns(entries: readonly ReportEntry[]): TableColumn[] {
  const seeds = ({seeds}: ReportEntry) => String(seeds.length)
  const scores = metricColumns(entries).map(({name, metric, scored}): TableColumn => {
    const text = ({columns}: ReportEntry) => (columns[name]?.metric === metric ? columnText(columns[name]) : '')
    return {heading: right(`${name} (${itemsText(scored)})`), text, reference: text}
  })
  const hasSteps = entries.some(({cost}) => cost.stepMs)
  const hasMemory = entries.some(({cost}) => cost.peakMemoryMb)
  const differInTuning = new Set(entries.map(tunedText)).size > 1
  return compact<TableColumn>([
    {heading: left('Method'), text: entryLabels(entries), reference: () => 'reference'},
    {heading: right('#Params'), text: ({params}) => formatCount(params)},
    {heading: right('Seeds'), text: seeds, reference: seeds},
    ...scores,
    {heading: right('Seconds'), text: ({seconds}) => formatCount(Math.round(seconds))},
    hasSteps && {heading: right('Step, ms'), text: ({cost}) => stepText(cost)},
    hasMemory && {heading: right('Peak memory, MB'), text: ({cost}) => memoryText(cost)},
    differInTuning && {heading: left('Tuned'), text: tunedText},
  ])
}

/** Notes on what all entries share. */
function sharedNotes(entries: readonly ReportEntry[]): string[] {
  const heads = new Set(entries.flatMap(({headParams}) => headParams ?? []))
  const precision = sharedPrecision(entries)
  const common = commonOverrides(entries)
  return compact([
    heads.size > 0 && `A head of ${[...heads].map(formatCount).join(' or ')} parameters is trained with every method.`,
    precision && `All runs were computed in ${precision}.`,
    common.length > 0 && `All runs have the overrides ${common.join(' ')}.`,
  ])
}

/** What the scores of a suite are: `score × 100`, `perplexity`, or both. */
function unitText(entries: readonly ReportEntry[]): string {
  const metrics = metricColumns(entries).map(({metric}) => metric)
  const hasPerplexity = metrics.includes('inverse-perplexity')
  const hasOther = !hasPerplexity || metrics.some(metric => metric !== 'inverse-perplexity')
  return compact([hasOther && 'score × 100', hasPerplexity && 'perplexity']).join(' or ')
}

/** A note for each metric that has scores without an interval. */
function intervalNotes(entries: readonly ReportEntry[]): string[] {
  const unknown = entries
    .flatMap(({columns}) => Object.values(columns))
    .filter(column => estimateOf(column).low === undefined)
  return [...new Set(unknown.map(({metric}) => `[–]: ${unknownErrorText(metric)}.`))]
}

/** Notes on seeds that diverged, and on those whose correlation has no value. */
export function missingNotes(entries: readonly ReportEntry[]): string[] {
  const label = entryLabels(entries)
  return entries.flatMap(entry => [
    ...divergedTexts(entry).map(text => `${label(entry)}: ${text}.`),
    ...withoutValueTexts(entry).map(
      text => `${label(entry)}, ${text} (no relation), because all predictions, or all labels, are equal.`,
    ),
  ])
}

/** A note that lists the machines if not all entries were measured on one, because memory and times depend on it. */
function machineNotes(entries: readonly ReportEntry[]): string[] {
  const label = entryLabels(entries)
  const measured = entries.filter(({cost}) => cost.stepMs ?? cost.peakMemoryMb)
  const measurements = measured.flatMap(entry => entry.cost.machines.map(machine => ({machine, entry})))
  const machines = groupBy(measurements, ({machine}) => machine)
  if (machines.size < 2) return []
  const listed = [...machines].map(([machine, own]) => `${machine} (${own.map(({entry}) => label(entry)).join(', ')})`)
  return [
    `Peak memory and times are comparable only on one machine, with one engine, precision and number of threads; these rows were measured in ${machines.size} ways: ${listed.join('; ')}.`,
  ]
}

function referenceNotes(entries: readonly ReportEntry[], reference: MatchedReference): string[] {
  const {runs, equal} = countEqualRuns(entries, reference)
  const label = entryLabels(entries)
  const notes: string[] = []
  if (reference.matched.size > 0) {
    const equality =
      runs === 0
        ? 'No seed is in both.'
        : `Of ${pluralize(runs, 'run')} whose seed is in both, ${equal} ${equal === 1 ? 'has' : 'have'} the same scores to the last bit.`
    notes.push(`reference: the rows that ship with svft, for the same recipe, model and data. ${equality}`)
  }
  if (reference.unmatched.length > 0) {
    const names = reference.unmatched.map(name => label({name})).join(', ')
    notes.push(`The reference of ${names} is for another recipe, model or data, and is not shown.`)
  }
  return notes
}

const columnText = (column: ScoreColumn): string => formatEstimate(estimateOf(column), column.metric)

/** The columns of a table, one for each test file and metric. */
const metricColumns = (entries: readonly ReportEntry[]) =>
  columnNames(entries).flatMap(name => {
    const scored = entries.flatMap(({columns}) => columns[name] ?? [])
    return [...groupBy(scored, ({metric}) => metric)].map(([metric, scored]) => ({name, metric, scored}))
  })

const byParams = (entries: readonly ReportEntry[]): ReportEntry[] => entries.toSorted((a, b) => a.params - b.params)

/** The number of items and, if it is not accuracy, the metric: `matthews, n=500`. */
function itemsText(columns: readonly ScoreColumn[]): string {
  const [{metric}] = columns
  const named = metric === 'inverse-perplexity' ? 'perplexity, lower is better' : metric
  return `${metric === 'accuracy' ? '' : `${named}, `}n=${itemCounts(columns)}`
}
