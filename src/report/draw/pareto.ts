import type {EncodeEntry, Mark, Spec} from 'vega'
import {compact} from '../../base/collections.ts'
import type {FrontierPosition} from '../frontier.ts'
import {axes, constants, fields, fixedMark, frameFigure, hideableData, texts} from './frame.ts'
import {FONT, type Look} from './look.ts'
import type {Pareto} from './pareto-figure.ts'
import {paretoLayout, sideShifts} from './pareto-layout.ts'
import type {Spot} from './place-labels.ts'
import {textWidth} from './text-width.ts'

/** The size of the paper's marks relative to ours. */
const SMALL = 0.63

/** The opacity of a point's fill. */
const FILLED: Readonly<Record<FrontierPosition, number>> = {frontier: 1, tied: 0, dominated: 0.35}

const KEYS: Readonly<Record<FrontierPosition, string>> = {
  frontier: 'Pareto frontier',
  tied: 'not significantly below',
  dominated: 'significantly below',
}

/**
 * The Vega specification of a Pareto figure. All positions are computed here, in pixels, so that no label covers another
 * one or a mark. The signal `hidden` lists the methods that are not shown.
 */
export function paretoSpec(figure: Pareto, look: Look): Spec {
  const {frame, spec, marks} = frameWithLegend(figure, look)
  const layout = paretoLayout(figure, look, frame)
  const {radius, background, faint} = look
  const {x, y} = layout
  const half = textWidth('500M', 0.92 * look.fontSize) / 2
  const ticks = x.ticks.filter(tick => x.at(tick) + half <= frame.width + look.fontSize) // whose labels stay inside
  return {
    ...spec,
    signals: [{name: 'hidden', value: []}],
    data: [
      hideableData('points', hollowLast(layout.points, radius)),
      hideableData('paper', layout.paper),
      hideableData('labels', layout.labels),
      {name: 'frontier', values: [...layout.frontier]},
      {name: 'lines', values: [...layout.lines]},
      {name: 'intervals', values: layout.intervals.map(({bars: _, ...interval}) => interval)},
    ],
    ...axes(look, {x: {...x, ticks}, y, xTitle: figure.xTitle, yTitle: figure.yTitle, yUnit: figure.yUnit}),
    marks: [
      ...marks,
      rule('lines', constants({x: 0, x2: frame.width, strokeDash: [6, 4], strokeWidth: radius / 4})),
      frontierLine(look),
      rule('paper', {...fields({x2: 'ownX', y2: 'ownY'}), ...constants({strokeDash: [1, 2]})}),
      ...compact(['points', layout.intervals.length > 0 && 'intervals']).map(data =>
        rule(data, {...fields({y: 'low', y2: 'high'}), ...constants({strokeWidth: radius / 4})}),
      ),
      ...(figure.points.some(({costRange}) => costRange)
        ? [rule('points', {...fields({x: 'left', x2: 'right'}), ...constants({strokeWidth: radius / 4})})]
        : []),
      symbol('paper', {...constants({size: 4 * (SMALL * radius) ** 2, fill: background}), ...fields({tooltip: 'tip'})}),
      pointMarks(look),
      rule('labels', {
        ...fields({x2: 'leadX', y2: 'leadY'}),
        ...constants({stroke: faint, strokeWidth: 0.8, strokeDash: [1.5, 1.5]}), // a solid one might be taken for a bar
      }),
      ...texts(look, 'lines'),
      ...texts(look, 'labels'),
    ],
  }
}

/**
 * The marks in the order in which they are drawn, hollow ones last, so that none hides another: where two overlap, what is
 * behind a hollow one shows through it.
 */
function hollowLast<Point extends Spot & {readonly standing: FrontierPosition}>(
  points: readonly Point[],
  radius: number,
) {
  const overlaps = (a: Spot, b: Spot) => a !== b && Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y)) < 2 * radius
  return points
    .map(point => ({
      ...point,
      fill: FILLED[point.standing],
      ground: points.some(other => overlaps(point, other)) ? 0 : 1,
    }))
    .toSorted((a, b) => b.fill - a.fill)
}

const frontierLine = ({radius, faint}: Look): Mark => ({
  type: 'line',
  from: {data: 'frontier'},
  interactive: false,
  encode: {
    enter: {
      ...fields({x: 'x', y: 'y'}),
      ...constants({interpolate: 'step-after', stroke: faint, strokeWidth: radius / 3}),
    },
    update: {strokeOpacity: {signal: 'length(hidden) > 0 ? 0 : 0.55'}}, // of some methods it would be another line
  },
})

/** Each mark on a ground of its own, with an edge that sets it off from marks behind it. */
const pointMarks = ({radius, background}: Look): Mark => {
  const size = 4 * radius ** 2
  return {
    type: 'group',
    from: {facet: {name: 'point', data: 'points', groupby: 'label'}},
    marks: [
      symbol('point', {
        ...constants({size, fill: background, stroke: background, strokeWidth: radius / 2}),
        ...fields({fillOpacity: 'ground'}),
      }),
      symbol('point', {
        ...constants({size, strokeWidth: radius / 3.5}),
        ...fields({fill: 'colour', fillOpacity: 'fill', tooltip: 'tip'}),
      }),
    ],
  }
}

const rule = (data: string, update: EncodeEntry): Mark => ({
  type: 'rule',
  from: {data},
  interactive: false,
  encode: {update: {...fields({x: 'x', y: 'y', stroke: 'colour'}), ...update}},
})

const symbol = (data: string, update: EncodeEntry): Mark => ({
  type: 'symbol',
  from: {data},
  encode: {update: {...fields({x: 'x', y: 'y', shape: 'shape', stroke: 'colour'}), ...update}},
})

/** The frame of a figure, with its legend drawn. */
export function frameWithLegend(figure: Pareto, look: Look) {
  const legend = legendKeys(figure)
  const sample = 2 * look.radius + 0.4 * look.fontSize
  const {keys, marks, ...framed} = frameFigure(
    headingOf(figure, look),
    {texts: legend.map(({text}) => text), sample},
    look,
  )
  return {...framed, marks: [...marks, ...legend.flatMap((key, i) => legendMarks(key, {...keys[i], sample}, look))]}
}

/** The title and the subtitle, which says which bars and marks are not exactly at their cost. */
function headingOf(figure: Pareto, look: Look) {
  const {title, subtitle, lines} = figure
  const hasIntervals = lines.some(({low}) => low !== undefined)
  const isShifted = sideShifts(figure, look).some(shift => shift !== 0)
  const remarks = compact([
    subtitle,
    hasIntervals && 'those of dashed lines stand at the right edge',
    isShifted && 'marks of equal cost stand side by side',
  ])
  return {title, subtitle: remarks.join('; ')}
}

/** A key of the legend, with the look of its symbol. */
interface LegendKey {
  readonly text: string
  readonly fillOpacity: number
  /** Its size relative to a mark. */
  readonly size?: number
}

function legendMarks(
  {text, fillOpacity, size = 1}: LegendKey,
  {x, y, sample}: Spot & {readonly sample: number},
  {fontSize, radius, faint}: Look,
): Mark[] {
  const symbol = {fill: faint, fillOpacity, stroke: faint, strokeWidth: radius / 3.5, size: 4 * (size * radius) ** 2}
  const style = {baseline: 'middle', font: FONT, fontSize: 0.92 * fontSize, fill: faint}
  return [
    fixedMark('symbol', {x: x + radius, y, shape: 'circle', ...symbol}),
    fixedMark('text', {x: x + sample, y, text, ...style}),
  ]
}

/** The legend: the frontier positions that occur, if there are several points, and the paper's marks. */
function legendKeys({points, paper}: Pareto): LegendKey[] {
  const standings = (['frontier', 'tied', 'dominated'] as const).filter(
    one => points.length > 1 && points.some(({standing}) => standing === one),
  )
  const keys = standings.map(one => ({text: KEYS[one], fillOpacity: FILLED[one]}))
  const small = {text: 'as the paper prints it', fillOpacity: 0, size: SMALL}
  return paper.length === 0 ? keys : [...keys, small]
}
