import type {CostAndScore, FrontierPosition} from '../frontier.ts'

/** Scores, 0 to 1, against the number of trained parameters. */
export interface Pareto {
  readonly kind: 'pareto'
  /** Of files: letters, digits and dashes. */
  readonly id: string
  readonly title: string
  readonly subtitle: string
  readonly yTitle: string
  readonly points: readonly ParetoPoint[]
  /** Full fine-tuning, which would stretch the axis, and the head alone, which has no place on it: dashed lines. */
  readonly lines: readonly {readonly label: string; readonly score: number; readonly by: 'ours' | 'paper'}[]
  readonly paper: readonly PaperMark[]
}

export interface ParetoPoint extends CostAndScore {
  readonly label: string
  readonly method: string
  /** 95 % interval. */
  readonly low: number
  readonly high: number
  readonly standing: FrontierPosition
  /** What a pointer over it tells, a line each. */
  readonly tip: readonly string[]
}

export interface PaperMark extends CostAndScore {
  readonly label: string
  readonly method: string
  /** The label of the point of ours that repeats it. */
  readonly ours?: string
}

/** Whether there is anything to compare: a single point says no more than its row of the table. */
export const isDrawable = ({points, paper}: Pareto): boolean => points.length + paper.length > 1
