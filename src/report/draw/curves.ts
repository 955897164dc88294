import type {Spec} from 'vega'
import {linesSpec} from './lines.ts'
import type {Look} from './look.ts'

/** A figure of training losses against steps, a curve for each method. */
export interface Curves {
  readonly kind: 'curves'
  readonly id: string
  readonly title: string
  readonly subtitle: string
  readonly curves: readonly Curve[]
}

export interface Curve {
  readonly label: string
  readonly method: string
  /** Smoothed losses, in the order of steps. */
  readonly points: readonly {readonly step: number; readonly loss: number}[]
}

/** Losses are on a logarithmic axis. */
export const curvesSpec = ({curves, ...figure}: Curves, look: Look): Spec =>
  linesSpec(
    {
      ...figure,
      kind: 'lines',
      x: {title: 'step', scale: 'linear'},
      y: {title: 'training loss', scale: 'log'},
      lines: curves.map(({points, ...curve}) => ({
        ...curve,
        points: points.map(({step, loss}) => ({x: step, y: loss})),
      })),
    },
    look,
  )
