import type {Mark, Spec} from 'vega'
import {axes, constants, fields, frameFigure, hideableData, texts} from './frame.ts'
import {kindOf, type Look, SHAPES} from './look.ts'
import {linearAxis, logAxis} from './scales.ts'
import {textWidth} from './text-width.ts'

/** A figure of lines, one for each method: training losses against steps, or scores against a tuned value. */
export interface LineFigure {
  readonly kind: 'lines'
  readonly id: string
  readonly title: string
  readonly subtitle: string
  readonly x: LineAxis
  /** With `percent`, its ticks are shares that are shown as percent. */
  readonly y: LineAxis & {readonly percent?: boolean}
  /** Whether each point has a mark, filled for the best one, and a bar of its range. */
  readonly marked?: boolean
  readonly lines: readonly MethodLine[]
}

export interface LineAxis {
  readonly title: string
  readonly scale: 'log' | 'linear'
}

export interface MethodLine {
  readonly label: string
  readonly method: string
  /** In the order of x. */
  readonly points: readonly LinePoint[]
  /** Whether no line joins the points, since they differ in more than x. */
  readonly scattered?: boolean
}

export interface LinePoint {
  readonly x: number
  readonly y: number
  /** The range of y over seeds. */
  readonly range?: readonly [low: number, high: number]
  readonly best?: boolean
}

/** Methods of one kind share a colour and differ in their dashes. */
const DASHES: readonly (readonly number[])[] = [[], [6, 2], [2, 2], [8, 2, 2, 2]]

/** Each line has its name beside its end, and names do not overlap. */
export function linesSpec(figure: LineFigure, look: Look): Spec {
  const {lines, marked = false} = figure
  const {frame, spec, marks} = frameFigure(figure, [], look)
  const fontSize = 0.92 * look.fontSize
  const names = Math.max(...lines.map(({label}) => textWidth(label, fontSize))) + 1.2 * look.fontSize
  const width = frame.width - names
  const points = lines.flatMap(({points}) => points)
  const margin = marked ? 2 * look.radius : 0
  const x = axisOf(figure.x, marked ? points.map(({x}) => x) : [0, ...points.map(({x}) => x)], {
    length: width,
    below: margin,
    above: margin,
  })
  const y = axisOf(
    figure.y,
    points.flatMap(({y, range = []}) => [y, ...range]),
    {length: frame.height, below: frame.height / 20, above: frame.height / 20},
  )
  const seen = new Map<string, number>()
  const drawn = lines.map(({label, method, points, scattered = false}) => {
    const kind = kindOf(method)
    const nth = seen.get(kind) ?? 0
    seen.set(kind, nth + 1)
    const height = (value: number) => frame.height - y.at(value)
    const path = points.map(({x: at, y: value, range = [value, value], best = false}) => {
      const position = {x: x.at(at), y: height(value)}
      if (!marked) return position
      return {...position, low: height(range[0]), high: height(range[1]), fill: best ? 1 : 0}
    })
    const dash = DASHES[nth % DASHES.length]
    const looks = marked ? {shape: SHAPES[kind], joined: scattered ? 0 : 1} : {}
    return {label, kind, colour: look.colours[kind], dash, ...looks, path, end: path[path.length - 1]}
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
    ...axes(look, {
      x: {...x, ticks: sparse(x.ticks, {width, look})},
      y,
      xTitle: figure.x.title,
      yTitle: figure.y.title,
      percent: figure.y.percent,
    }),
    marks: [
      ...marks,
      lineMarks(look, marked),
      ...(marked ? pointMarks(look) : []),
      LEADER_MARKS,
      ...texts(look, 'labels'),
    ],
  }
}

const axisOf = ({scale}: LineAxis, values: readonly number[], margin: Parameters<typeof linearAxis>[1]) =>
  scale === 'log' ? logAxis(values, margin) : linearAxis(values, margin)

/** Leaves out ticks, at even distances, until their labels stand apart. */
function sparse(ticks: readonly number[], {width, look}: {readonly width: number; readonly look: Look}): number[] {
  const widest = Math.max(...ticks.map(tick => textWidth(String(tick), 0.92 * look.fontSize)))
  const every = Math.ceil((ticks.length * (widest + look.fontSize / 2)) / width)
  return ticks.filter((_, i) => i % every === 0)
}

const lineMarks = (look: Look, marked: boolean): Mark => ({
  type: 'group',
  from: {facet: {name: 'path', data: 'paths', groupby: 'label'}},
  marks: [
    {
      type: 'line',
      from: {data: 'path'},
      encode: {
        update: {
          ...fields({x: 'x', y: 'y', stroke: 'colour', strokeDash: 'dash'}),
          ...fields(marked ? {strokeOpacity: 'joined'} : {}),
          ...constants({strokeWidth: look.radius / 3}),
          ...fields({tooltip: 'label'}),
        },
      },
    },
  ],
})

/** The points of lines, each with a bar of its range; only the best of a line is filled. */
const pointMarks = ({radius, background}: Look): Mark[] => {
  const symbol = (looks: object): Mark => ({
    type: 'symbol',
    from: {data: 'paths'},
    encode: {
      update: {
        ...fields({x: 'x', y: 'y', shape: 'shape', stroke: 'colour', tooltip: 'label'}),
        ...constants({size: 2.2 * radius ** 2, strokeWidth: radius / 3.5}),
        ...looks,
      },
    },
  })
  return [
    {
      type: 'rule',
      from: {data: 'paths'},
      interactive: false,
      encode: {
        update: {...fields({x: 'x', y: 'low', y2: 'high', stroke: 'colour'}), ...constants({strokeWidth: radius / 4})},
      },
    },
    symbol(constants({fill: background})), // hides the line behind an open mark
    symbol(fields({fill: 'colour', fillOpacity: 'fill'})),
  ]
}

/** Thin lines from the ends of lines to their names. */
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
