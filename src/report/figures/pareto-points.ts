import {formatCount} from '../../base/pluralize.ts'
import {estimateText, seedsText} from '../../results/score-text.ts'
import type {Estimate} from '../../statistics/estimate.ts'
import type {ParetoPoint} from '../draw/pareto-figure.ts'
import type {ReportEntry} from '../entries.ts'
import {frontierPositions} from '../frontier.ts'

/** An entry to draw as a point, with its estimated score. */
export interface ScoredEntry {
  readonly label: string
  readonly entry: ReportEntry
  readonly estimated: Estimate
}

/** The points of a Pareto figure; `isSignificant` compares two entries by their indices. */
export function paretoPoints(
  scored: readonly ScoredEntry[],
  isSignificant: (better: number, worse: number) => boolean,
): ParetoPoint[] {
  const points = scored.map(({label, entry: {method, params}, estimated}, index) => {
    const {mean: score, low, high, seeds} = estimated
    const tip = [label, estimateText(estimated), `${formatCount(params)} trained`, seedsText(seeds)]
    return {label, method, params, score, low, high, tip, index}
  })
  const positions = frontierPositions(points, (better, worse) => isSignificant(better.index, worse.index))
  return points.map(({index: _, ...point}, i) => ({...point, standing: positions[i]}))
}
