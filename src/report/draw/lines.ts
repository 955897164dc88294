import type {Mark, Spec} from 'vega'
import {dodgeShifts} from './dodge.ts'
import {axes, constants, fields, frameFigure, hideableData, type PlotSize, plotWidth} from './frame.ts'
import {keyAt, keyMarks, keysWidth, placesBeside, pointSize, sampleWidth} from './line-keys.ts'
import {dashesOf, kindOf, type Look, SHAPES} from './look.ts'
import {linearAxis, logAxis, type ScoreUnit} from './scales.ts'
import {textWidth} from './text-width.ts'

/** A figure of lines, one for each method: training losses against steps, or scores against a tuned value. */
export interface LineFigure {
  readonly kind: 'lines'
  readonly id: string
  readonly title: string
  readonly subtitle: string
  readonly x: LineAxis
  /** The axis of values; one with a unit is an axis of scores. */
  readonly y: LineAxis & {readonly unit?: ScoreUnit}
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
  /** The points, in the order of x. */
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

/** Keys beside the plot take at most this share of its width; else they stand above it. */
const WIDEST_KEYS = 0.35

/** Each line has a key beside its end or, in narrow figures, above the plot: a sample of the line, and its name. */
export function linesSpec(figure: LineFigure, look: Look): Spec {
  const {lines, marked = false} = figure
  const width = keysWidth(lines, look)
  const beside = width > WIDEST_KEYS * plotWidth(look) ? 0 : width
  const texts = beside > 0 ? [] : lines.map(({label}) => label)
  const {frame, spec, marks, keys} = frameFigure(figure, {texts, sample: sampleWidth(look)}, look)
  const plot = {width: frame.width - beside, height: frame.height}
  const {x, y} = lineAxes(figure, look, plot)
  const rise = (value: number) => plot.height - y.at(value)
  const drawn = drawLines(lines, look, ({x: at, y, range: [low, high] = [y, y], best}) => ({
    x: x.at(at),
    y: rise(y),
    low: rise(low),
    high: rise(high),
    fill: best ? 1 : 0,
  }))
  const points = drawn.flatMap(({path, ...line}) => path.map(point => ({...line, ...point})))
  const shifts = marked ? dodgeShifts(points, {radius: look.radius, width: plot.width}) : []
  const paths = points.map((point, i) => ({...point, x: point.x + (shifts[i] ?? 0)}))
  const ends = drawn.map(({path}) => path[path.length - 1].y)
  const places = beside > 0 ? placesBeside(ends, plot, look) : keys
  const keyed = drawn.map(({path: _, ...line}, i) => keyAt(places[i], line, look))
  return {
    ...spec,
    width: plot.width,
    padding: {...spec.padding, right: look.fontSize + beside},
    signals: [{name: 'hidden', value: []}],
    data: [hideableData('paths', paths), hideableData('keys', keyed)],
    ...axes(look, {
      x: {...x, ticks: sparse(x.ticks, {width: plot.width, look})},
      y,
      xTitle: figure.x.title,
      yTitle: figure.y.title,
      yUnit: figure.y.unit,
    }),
    marks: [...marks, lineMarks(look), ...(marked ? pointMarks(look) : []), ...keyMarks(look, {marked})],
  }
}

function lineAxes({x, y, lines, marked}: LineFigure, {radius}: Look, {width, height}: PlotSize) {
  const points = lines.flatMap(({points}) => points)
  const margin = marked ? 2 * radius : 0
  const xs = points.map(({x}) => x)
  const ys = points.flatMap(({y, range = []}) => [y, ...range])
  return {
    x: axisOf(x, marked ? xs : [0, ...xs], {length: width, below: margin, above: margin}),
    y: axisOf(y, ys, {length: height, below: height / 20, above: height / 20}),
  }
}

/** The lines with their colours, dashes and shapes, and their points as `place` gives them. */
function drawLines<Spot>(lines: readonly MethodLine[], look: Look, place: (point: LinePoint) => Spot) {
  const seen = new Map<string, number>()
  return lines.map(({label, method, points, scattered = false}) => {
    const kind = kindOf(method)
    const nth = seen.get(kind) ?? 0
    const dashes = dashesOf(kind)
    seen.set(kind, nth + 1)
    return {
      label,
      kind,
      colour: look.colours[kind],
      shape: SHAPES[kind],
      dash: dashes[nth % dashes.length],
      joined: scattered ? 0 : 1,
      path: points.map(place),
    }
  })
}

const axisOf = ({scale}: LineAxis, values: readonly number[], margin: Parameters<typeof linearAxis>[1]) =>
  scale === 'log' ? logAxis(values, margin) : linearAxis(values, margin)

/** Leaves out ticks, at even distances, until their labels stand apart. */
function sparse(ticks: readonly number[], {width, look}: {readonly width: number; readonly look: Look}): number[] {
  const text = (tick: number) => tick.toLocaleString('en', {maximumSignificantDigits: 6})
  const widest = Math.max(...ticks.map(tick => textWidth(text(tick), 0.92 * look.fontSize)))
  const every = Math.ceil((ticks.length * (widest + look.fontSize / 2)) / width)
  return ticks.filter((_, i) => i % every === 0)
}

const lineMarks = (look: Look): Mark => ({
  type: 'group',
  from: {facet: {name: 'path', data: 'paths', groupby: 'label'}},
  marks: [
    {
      type: 'line',
      from: {data: 'path'},
      encode: {
        update: {
          ...fields({x: 'x', y: 'y', stroke: 'colour', strokeDash: 'dash', strokeOpacity: 'joined'}),
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
        ...constants(pointSize(radius)),
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
