import {compact, groupBy} from '../../base/collections.ts'
import {formatCount} from '../../base/pluralize.ts'
import type {PaperPoint} from '../../paper/points.ts'
import {printedCount} from '../../paper/printed-counts.ts'
import type {PaperRow, PaperVersion} from '../../paper/rows.ts'
import {paperPoints, paperRow} from '../../paper/versions.ts'
import {formatPercent} from '../../results/score-text.ts'
import {comparePairs, PAIR_ALPHA} from '../../statistics/compare.ts'
import {estimate, type SeedScores} from '../../statistics/estimate.ts'
import type {PaperMark, Pareto} from '../draw/pareto-figure.ts'
import type {ReportEntry} from '../entries.ts'
import type {ItemResults} from '../item-results.ts'
import {dropFewerItems, itemScoresOf} from '../suite-comparison.ts'
import {methodOfLabel, overridesIn, overrideWords} from '../tables/labels.ts'
import {entriesForCell, measure} from '../tables/measurements.ts'
import {paretoPoints, trainedCost} from './pareto-points.ts'

/** The panels of the paper's figures 1, 4 and 5 with runs: our points, and the paper's if a table prints them. */
export function paperFigures(
  entries: readonly ReportEntry[],
  itemResults: readonly ItemResults[],
  version: PaperVersion,
): Pareto[] {
  const panels = groupBy(paperPoints(version), ({figure, panel}) => `Figure ${figure}: ${panel}`)
  return [...panels].flatMap(([title, points]) => {
    const template = points.flatMap(({cell}) => paperRow(cell) ?? [])[0]
    const column = 'average' in template.scores ? 'average' : 'gsm8k'
    const known = points.map(point => knownOf(point, {template, column, entries}))
    return known.some(({ours}) => ours) ? [panelOf(title, column, {known, itemResults})] : []
  })
}

/** A point of a figure with its row of a table and our scores, if there are any. */
interface KnownPoint {
  readonly point: PaperPoint
  readonly row?: PaperRow
  /** Our scores, with a label that names overrides. */
  readonly ours?: {readonly label: string; readonly entry: ReportEntry; readonly measured: SeedScores}
}

interface Panel {
  readonly template: PaperRow
  readonly column: string
  readonly entries: readonly ReportEntry[]
}

function knownOf(point: PaperPoint, {template, column, entries}: Panel): KnownPoint {
  const row = paperRow(point.cell)
  const own = entriesForCell(point.cell, entries)
  const {scores: measured} = measure(template, column, own)
  const [entry] = own
  if (!measured) return {point, row}
  const label = point.label + overrideWords(overridesIn(entry))
  return {point, row, ours: {label, entry, measured}}
}

interface KnownPoints {
  readonly known: readonly KnownPoint[]
  readonly itemResults: readonly ItemResults[]
}

function panelOf(title: string, column: string, {known, itemResults}: KnownPoints): Pareto {
  const isFull = ({point}: KnownPoint) => point.label === 'Full'
  const marks = known.filter(one => !isFull(one))
  const run = compact(marks.map(({ours}) => ours))
  const methods = run.map(({entry, measured}) => ({
    measured,
    items: entry.columns[column] && itemScoresOf(entry, {column, itemResults}),
  }))
  const pairs = comparePairs(dropFewerItems(methods))
  const scored = run.map(({label, entry, measured}) => ({label, entry, estimated: estimate(measured)}))
  return {
    kind: 'pareto',
    id: title.toLowerCase().replaceAll(/[^\w]+/g, '-'),
    title,
    subtitle: 'bars are 95 % confidence intervals',
    xTitle: 'trained parameters',
    xScale: 'log',
    yTitle: 'accuracy, %',
    yUnit: 'percent',
    points: paretoPoints(scored.map(trainedCost), (better, worse) =>
      pairs.some(({a, b, holm}) => holm < PAIR_ALPHA && [a, b].includes(better) && [a, b].includes(worse)),
    ),
    lines: known.filter(isFull).flatMap(one => linesOf(one, column)),
    paper: marks.flatMap(one => markOf(one, column)),
  }
}

function linesOf({row, ours}: KnownPoint, column: string): Pareto['lines'] {
  const lines: Pareto['lines'][number][] = []
  if (ours) {
    const {mean: score, low, high} = estimate(ours.measured)
    lines.push({label: `${ours.label}, ours: ${formatPercent(score)}`, score, low, high, by: 'ours'})
  }
  if (row) {
    const printed = row.scores[column]
    lines.push({label: `Full, the paper: ${printed}`, score: printed / 100, by: 'paper'})
  }
  return lines
}

function markOf({point: {label}, row, ours}: KnownPoint, column: string): PaperMark[] {
  if (!row) return []
  const method = methodOfLabel(label) ?? row.method.method // table 8 prints figure 1's DoRA r=16 as LoRA
  const [cost, score] = [printedCount(row.params), row.scores[column] / 100]
  const tip = [`${label}, as printed`, formatPercent(score, 2), `${formatCount(cost)} trained`]
  return [{label, method, cost, score, tip, ours: ours?.label}]
}
