import type {CostAndScore, FrontierPosition} from '../frontier.ts'
import type {ScoreUnit} from './scales.ts'

/** A figure of scores, 0 to 1, against a cost: the number of trained parameters, or peak memory. */
export interface Pareto {
  readonly kind: 'pareto'
  /** The name of its files: letters, digits and dashes. */
  readonly id: string
  readonly title: string
  readonly subtitle: string
  readonly xTitle: string
  /** Parameters span powers of ten; memory does not. */
  readonly xScale: 'log' | 'linear'
  readonly yTitle: string
  readonly yUnit: ScoreUnit
  readonly points: readonly ParetoPoint[]
  /** Dashed lines: full fine-tuning, which would stretch an axis of parameters, and the head alone, which has 0. */
  readonly lines: readonly ReferenceLine[]
  readonly paper: readonly PaperMark[]
}

interface ReferenceLine {
  readonly label: string
  readonly score: number
  /** The 95 % confidence interval of a score of ours, if it is known. */
  readonly low?: number
  readonly high?: number
  readonly by: 'ours' | 'paper'
}

export interface ParetoPoint extends CostAndScore {
  readonly label: string
  readonly method: string
  /** The 95 % confidence interval of the score. */
  readonly low: number
  readonly high: number
  /** The least and the greatest cost over seeds. */
  readonly costRange?: readonly [number, number]
  readonly standing: FrontierPosition
  /** The lines of its tooltip. */
  readonly tip: readonly string[]
}

export interface PaperMark extends CostAndScore {
  readonly label: string
  readonly method: string
  /** The lines of its tooltip. */
  readonly tip: readonly string[]
  /** The label of the point of ours that reproduces it. */
  readonly ours?: string
}

/** Whether a figure is worth drawing: a single point shows no more than its row of the table. */
export const isDrawable = ({points, paper}: Pareto): boolean => points.length + paper.length > 1
