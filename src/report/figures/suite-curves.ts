import type {Row} from '../../results/row.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {LineFigure, MethodLine} from '../draw/lines.ts'
import type {ReportEntry} from '../entries.ts'
import {entryLabels, sharedPrecision} from '../tables/labels.ts'
import {slug} from '../tables/slug.ts'

/** The loss of each step of one run. */
export interface Losses {
  /** The row of the run, compared by identity. */
  readonly row: Row
  readonly losses: readonly number[]
}

const POINTS = 30

/** The learning curves of a suite: means over seeds and over a 30th of the steps each. Undefined without losses. */
export function suiteCurves(
  suite: string,
  entries: readonly ReportEntry[],
  all: readonly Losses[],
): LineFigure | undefined {
  const label = entryLabels(entries)
  const lines = entries.flatMap(entry => {
    const own = all.filter(({row}) => entry.rows.includes(row))
    return lossLine({label: label(entry), method: entry.method}, smoothed(own.map(({losses}) => losses))) ?? []
  })
  if (lines.length === 0) return undefined
  const precision = sharedPrecision(entries)
  return lossFigure(suite, lines, `means over seeds and neighbouring steps${precision ? `; ${precision}` : ''}`)
}

/** A figure of training losses, on a logarithmic axis, against steps. */
export const lossFigure = (suite: string, lines: readonly MethodLine[], subtitle: string): LineFigure => ({
  kind: 'lines',
  id: slug(suite, 'loss'),
  title: `${suite}: training loss`,
  subtitle,
  x: {title: 'step', scale: 'linear'},
  y: {title: 'training loss', scale: 'log'},
  lines,
})

/** The line of smoothed losses in such a figure; undefined with fewer than two points. */
export const lossLine = (
  named: Pick<MethodLine, 'label' | 'method'>,
  points: readonly LossPoint[],
): MethodLine | undefined =>
  points.length > 1 ? {...named, points: points.map(({step, loss}) => ({x: step, y: loss}))} : undefined

/** The smallest loss on the logarithmic axis. */
const LEAST = 1e-6

export interface LossPoint {
  readonly step: number
  readonly loss: number
}

/** The mean losses of runs over a 30th of the steps each; none without losses. */
export function smoothed(runs: readonly (readonly number[])[]): LossPoint[] {
  const steps = Math.min(...runs.map(({length}) => length))
  if (!Number.isFinite(steps)) return []
  const count = Math.min(POINTS, steps)
  return Array.from({length: count}, (_, i) => {
    const [from, to] = [i, i + 1].map(part => Math.round((part * steps) / count))
    return {step: (from + 1 + to) / 2, loss: Math.max(LEAST, mean(runs.map(losses => mean(losses.slice(from, to)))))}
  })
}
