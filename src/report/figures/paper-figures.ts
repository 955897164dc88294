import {groupBy} from '../../base/group-by.ts'
import {formatCount} from '../../base/pluralize.ts'
import {PAPER_POINTS, type PaperPoint} from '../../paper/points.ts'
import {printedCount} from '../../paper/printed-counts.ts'
import {PAPER_ROWS, type PaperRow} from '../../paper/rows.ts'
import {estimateText, formatPercent, seedsText} from '../../results/score-text.ts'
import {comparePairs, PAIR_ALPHA} from '../../statistics/compare.ts'
import {estimate, type SeedScores} from '../../statistics/estimate.ts'
import {random} from '../../tensor/random.ts'
import type {PaperMark, Pareto, ParetoPoint} from '../draw/pareto-figure.ts'
import type {ReportEntry} from '../entries.ts'
import {frontierPositions} from '../frontier.ts'
import {correctItemsOf, type ItemResults, onSameItems} from '../suite-comparison.ts'
import {methodOfLabel, overridesIn, overrideWords} from '../tables/labels.ts'
import {entriesForCell, seedScores} from '../tables/measurements.ts'

/** Figures 1, 4 and 5 of the paper, of which we ran anything: our points, with the paper's where a table prints them. */
export function paperFigures(entries: readonly ReportEntry[], answers: readonly ItemResults[]): Pareto[] {
  const panels = groupBy(PAPER_POINTS, ({figure, panel}) => `Figure ${figure}: ${panel}`)
  return [...panels].flatMap(([title, points]) => {
    const template = points.flatMap(({cell}) => rowOf(cell) ?? [])[0]
    const column = 'average' in template.scores ? 'average' : 'gsm8k'
    const known = points.map(point => knownOf(point, {template, column, entries}))
    return known.some(({ours}) => ours) ? [panelOf(title, column, {known, answers})] : []
  })
}

const rowOf = (cell: string): PaperRow | undefined => PAPER_ROWS.find(row => row.cell === cell)

/** A point of a figure with what is known of it. */
interface Known {
  readonly point: PaperPoint
  readonly row?: PaperRow
  /** With what we call it: overrides are told. */
  readonly ours?: {readonly label: string; readonly entry: ReportEntry; readonly measured: SeedScores}
}

interface Panel {
  readonly template: PaperRow
  readonly column: string
  readonly entries: readonly ReportEntry[]
}

function knownOf(point: PaperPoint, {template, column, entries}: Panel): Known {
  const row = rowOf(point.cell)
  const own = entriesForCell(point.cell, entries)
  const measured = own.length === 0 ? undefined : seedScores(template, column, own)
  const [entry] = own
  if (!measured) return {point, ...(row ? {row} : {})}
  const label = point.label + overrideWords(overridesIn(entry))
  return {point, ...(row ? {row} : {}), ours: {label, entry, measured}}
}

function panelOf(
  title: string,
  column: string,
  {known, answers}: {readonly known: readonly Known[]; readonly answers: readonly ItemResults[]},
): Pareto {
  const isFull = ({point}: Known) => point.label === 'Full'
  const marks = known.filter(one => !isFull(one))
  const points = pointsOf(marks, column, {title, answers})
  return {
    kind: 'pareto',
    id: title.toLowerCase().replaceAll(/[^\w]+/g, '-'),
    title,
    subtitle: 'bars are 95 % confidence intervals',
    yTitle: 'accuracy, %',
    points,
    lines: known.filter(isFull).flatMap(one => linesOf(one, column)),
    paper: marks.flatMap(one => markOf(one, column)),
  }
}

function pointsOf(
  marks: readonly Known[],
  column: string,
  {title, answers}: {readonly title: string; readonly answers: readonly ItemResults[]},
): ParetoPoint[] {
  const run = marks.flatMap(({ours}) => (ours ? [ours] : []))
  const answering = run.map(({entry, measured}) => {
    const correct = entry.columns[column] && correctItemsOf(entry, column, answers)
    return correct ? {measured, correct} : {measured}
  })
  const pairs = comparePairs(onSameItems(answering), random(0, title))
  const points = run.map(({label, entry: {method, params}, measured}, place) => {
    const found = estimate(measured)
    const {mean: score, low, high, seeds} = found
    const tip = [label, estimateText(found), `${formatCount(params)} trained`, seedsText(seeds)]
    return {label, method, params, score, low, high, tip, place}
  })
  const standing = frontierPositions(points, (better, worse) =>
    pairs.some(({a, b, holm}) => holm < PAIR_ALPHA && [a, b].includes(better.place) && [a, b].includes(worse.place)),
  )
  return points.map(({place: _, ...point}, i) => ({...point, standing: standing[i]}))
}

function linesOf({row, ours}: Known, column: string): Pareto['lines'] {
  const score = ours ? estimate(ours.measured).mean : 0
  return [
    ...(ours ? [{label: `${ours.label}, ours: ${formatPercent(score)}`, score, by: 'ours' as const}] : []),
    ...(row
      ? [{label: `Full, the paper: ${row.scores[column]}`, score: row.scores[column] / 100, by: 'paper' as const}]
      : []),
  ]
}

function markOf({point: {label}, row, ours}: Known, column: string): PaperMark[] {
  if (!row) return []
  const method = methodOfLabel(label) ?? row.method.method // table 8 prints figure 1's DoRA r=16 as LoRA
  const mark = {label, method, params: printedCount(row.params), score: row.scores[column] / 100}
  return [ours ? {...mark, ours: ours.label} : mark]
}
