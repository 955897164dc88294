import type {Row} from '../../results/row.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {Curve, Curves} from '../draw/curves.ts'
import type {ReportEntry} from '../entries.ts'
import {entryLabels} from '../tables/labels.ts'
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
): Curves | undefined {
  const label = entryLabels(entries)
  const curves = entries.flatMap((entry): Curve[] => {
    const own = all.filter(({row}) => entry.rows.includes(row))
    const points = smoothed(own.map(({losses}) => losses))
    return points.length > 1 ? [{label: label(entry), method: entry.method, points}] : []
  })
  if (curves.length === 0) return undefined
  return {
    kind: 'curves',
    id: slug(suite, 'loss'),
    title: `${suite}: training loss`,
    subtitle: 'means over seeds and neighbouring steps',
    curves,
  }
}

/** The smallest loss on the logarithmic axis. */
const LEAST = 1e-6

/** The mean losses of runs over a 30th of the steps each; none without losses. */
export function smoothed(runs: readonly (readonly number[])[]): Curve['points'] {
  const steps = Math.min(...runs.map(({length}) => length))
  if (!Number.isFinite(steps)) return []
  const count = Math.min(POINTS, steps)
  return Array.from({length: count}, (_, i) => {
    const [from, to] = [i, i + 1].map(part => Math.round((part * steps) / count))
    return {step: (from + 1 + to) / 2, loss: Math.max(LEAST, mean(runs.map(losses => mean(losses.slice(from, to)))))}
  })
}
