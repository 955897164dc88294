import type {CostAndScore, FrontierPosition} from '../frontier.ts'

/** A figure of scores, 0 to 1, against the number of trained parameters. */
export interface Pareto {
  readonly kind: 'pareto'
  /** The name of its files: letters, digits and dashes. */
  readonly id: string
  readonly title: string
  readonly subtitle: string
  readonly yTitle: string
  readonly points: readonly ParetoPoint[]
  /** Dashed lines: full fine-tuning, which would stretch the axis, and the head alone, which has 0 parameters. */
  readonly lines: readonly {readonly label: string; readonly score: number; readonly by: 'ours' | 'paper'}[]
  readonly paper: readonly PaperMark[]
}

export interface ParetoPoint extends CostAndScore {
  readonly label: string
  readonly method: string
  /** The 95 % confidence interval. */
  readonly low: number
  readonly high: number
  readonly standing: FrontierPosition
  /** The lines of its tooltip. */
  readonly tip: readonly string[]
}

export interface PaperMark extends CostAndScore {
  readonly label: string
  readonly method: string
  /** The label of the point of ours that reproduces it. */
  readonly ours?: string
}

/** Whether a figure is worth drawing: a single point shows no more than its row of the table. */
export const isDrawable = ({points, paper}: Pareto): boolean => points.length + paper.length > 1
