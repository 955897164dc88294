import {formatCount} from '../../base/pluralize.ts'
import {formatEstimate, seedsText} from '../../results/score-text.ts'
import type {Estimate} from '../../statistics/estimate.ts'
import type {MetricName} from '../../statistics/item-variance.ts'
import type {ParetoPoint} from '../draw/pareto-figure.ts'
import type {ReportEntry} from '../entries.ts'
import {frontierPositions} from '../frontier.ts'

/** An entry with its label and its estimated score. */
export interface ScoredEntry {
  readonly label: string
  readonly entry: ReportEntry
  /** The metric of the score; default: accuracy. */
  readonly metric?: MetricName
  readonly estimated: Estimate
}

/** An entry to draw as a point, with its cost. */
export interface CostedEntry extends ScoredEntry, Pick<ParetoPoint, 'cost' | 'costRange'> {
  /** The cost as its tooltip has it: `820,224 trained`. */
  readonly costText: string
}

/** The number of trained parameters as the cost of an entry. */
export const trainedCost = (scored: ScoredEntry): CostedEntry => {
  const {params} = scored.entry
  return {...scored, cost: params, costText: `${formatCount(params)} trained`}
}

/** The points of a Pareto figure; `isSignificant` compares two entries by their indices. */
export function paretoPoints(
  scored: readonly CostedEntry[],
  isSignificant: (better: number, worse: number) => boolean,
): ParetoPoint[] {
  const points = scored.map(({label, entry: {method}, metric, estimated, cost, costRange, costText}, index) => {
    const {mean: score, low = score, high = score, seeds} = estimated
    const tip = [label, formatEstimate(estimated, metric), costText, seedsText(seeds)]
    return {label, method, cost, costRange, score, low, high, tip, index}
  })
  const positions = frontierPositions(points, (better, worse) => isSignificant(better.index, worse.index))
  return points.map(({index: _, ...point}, i) => ({...point, standing: positions[i]}))
}
