import type {Mark, Spec} from 'vega'
import {axes, constants, fields, frameFigure, hideableData, texts} from './frame.ts'
import {kindOf, type Look} from './look.ts'
import {linearAxis, logAxis} from './scales.ts'
import {textWidth} from './text-width.ts'

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

/** Methods of one kind share a colour and differ in their dashes. */
const DASHES: readonly (readonly number[])[] = [[], [6, 2], [2, 2], [8, 2, 2, 2]]

/** Losses are on a logarithmic axis; each curve has its name at its end, and names do not overlap. */
export function curvesSpec({title, subtitle, curves}: Curves, look: Look): Spec {
  const {frame, spec, marks} = frameFigure({title, subtitle}, [], look)
  const fontSize = 0.92 * look.fontSize
  const names = Math.max(...curves.map(({label}) => textWidth(label, fontSize))) + 1.2 * look.fontSize
  const width = frame.width - names
  const points = curves.flatMap(({points}) => points)
  const x = linearAxis([0, ...points.map(({step}) => step)], {length: width, below: 0, above: 0})
  const y = logAxis(
    points.map(({loss}) => loss),
    {length: frame.height, below: frame.height / 20, above: frame.height / 20},
  )
  const seen = new Map<string, number>()
  const drawn = curves.map(({label, method, points}) => {
    const kind = kindOf(method)
    const nth = seen.get(kind) ?? 0
    seen.set(kind, nth + 1)
    const path = points.map(({step, loss}) => ({x: x.at(step), y: frame.height - y.at(loss)}))
    const dash = DASHES[nth % DASHES.length]
    return {label, kind, colour: look.colours[kind], dash, path, end: path[path.length - 1]}
  })
  const heights = spreadApart(
    drawn.map(({end}) => end.y),
    {gap: 1.2 * fontSize, height: frame.height},
  )
  const paths = drawn.flatMap(({path, end: _, ...rest}) => path.map(point => ({...rest, ...point})))
  const labels = drawn.map(({label, kind, colour, end}, i) => ({
    label,
    kind,
    colour,
    x: end.x,
    y: end.y,
    textX: width + 1.2 * look.fontSize,
    textY: heights[i],
  }))
  return {
    ...spec,
    width,
    padding: {...spec.padding, right: look.fontSize + names},
    signals: [{name: 'hidden', value: []}],
    data: [hideableData('paths', paths), hideableData('labels', labels)],
    ...axes(look, {x: {...x, ticks: sparse(x.ticks, {width, look})}, y, xTitle: 'step', yTitle: 'training loss'}),
    marks: [...marks, curveMarks(look), LEADER_MARKS, ...texts(look, 'labels')],
  }
}

/** Leaves out ticks, at even distances, until their labels stand apart. */
function sparse(ticks: readonly number[], {width, look}: {readonly width: number; readonly look: Look}): number[] {
  const widest = Math.max(...ticks.map(tick => textWidth(String(tick), 0.92 * look.fontSize)))
  const every = Math.ceil((ticks.length * (widest + look.fontSize / 2)) / width)
  return ticks.filter((_, i) => i % every === 0)
}

const curveMarks = (look: Look): Mark => ({
  type: 'group',
  from: {facet: {name: 'path', data: 'paths', groupby: 'label'}},
  marks: [
    {
      type: 'line',
      from: {data: 'path'},
      encode: {
        update: {
          ...fields({x: 'x', y: 'y', stroke: 'colour', strokeDash: 'dash'}),
          ...constants({strokeWidth: look.radius / 3}),
          ...fields({tooltip: 'label'}),
        },
      },
    },
  ],
})

/** Thin lines from the ends of curves to their names. */
const LEADER_MARKS: Mark = {
  type: 'rule',
  from: {data: 'labels'},
  interactive: false,
  encode: {
    update: {
      ...fields({x: 'x', y: 'y'}),
      x2: {signal: 'datum.textX - 3'},
      ...fields({y2: 'textY', stroke: 'colour'}),
      ...constants({strokeWidth: 0.5}),
    },
  },
}

/** Moves heights at least `gap` apart and inside the plot. */
function spreadApart(
  heights: readonly number[],
  {gap, height}: {readonly gap: number; readonly height: number},
): number[] {
  const order = heights.map((_, i) => i).toSorted((a, b) => heights[a] - heights[b])
  const placed = [...heights]
  for (const [k, i] of order.entries()) {
    if (k > 0) placed[i] = Math.max(placed[i], placed[order[k - 1]] + gap)
  }
  for (const [k, i] of [...order.entries()].reverse()) {
    const most = k === order.length - 1 ? height : placed[order[k + 1]] - gap
    placed[i] = Math.min(placed[i], most)
  }
  return placed
}
