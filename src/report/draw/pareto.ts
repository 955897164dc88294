import type {EncodeEntry, Mark, Spec} from 'vega'
import type {FrontierPosition} from '../frontier.ts'
import {axes, constants, fields, frameFigure, hideableData, type LegendKey, texts} from './frame.ts'
import type {Look} from './look.ts'
import type {Pareto} from './pareto-figure.ts'
import {paretoLayout} from './pareto-layout.ts'
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
  const {frame, spec, marks} = frameFigure(figure, legendKeys(figure, look), look)
  const layout = paretoLayout(figure, look, frame)
  const {radius, background, faint} = look
  const {x, y} = layout
  const size = 4 * radius ** 2
  const half = textWidth('500M', 0.92 * look.fontSize) / 2
  const ticks = x.ticks.filter(tick => x.at(tick) + half <= frame.width + look.fontSize) // whose labels stay inside
  return {
    ...spec,
    signals: [{name: 'hidden', value: []}],
    data: [
      hideableData('points', layout.points),
      hideableData('paper', layout.paper),
      hideableData('labels', layout.labels),
      {name: 'frontier', values: [...layout.frontier]},
      {name: 'lines', values: [...layout.lines]},
    ],
    ...axes(look, {x: {...x, ticks}, y, xTitle: figure.xTitle, yTitle: figure.yTitle, percent: true}),
    marks: [
      ...marks,
      rule('lines', constants({x: 0, x2: frame.width, strokeDash: [6, 4], strokeWidth: radius / 4})),
      {
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
      },
      rule('paper', {...fields({x2: 'ownX', y2: 'ownY'}), ...constants({strokeDash: [1, 2]})}),
      rule('points', {...fields({y: 'low', y2: 'high'}), ...constants({strokeWidth: radius / 4})}),
      ...(figure.points.some(({costRange}) => costRange)
        ? [rule('points', {...fields({x: 'left', x2: 'right'}), ...constants({strokeWidth: radius / 4})})]
        : []),
      symbol('paper', {...constants({size: 4 * (SMALL * radius) ** 2, fill: background}), ...fields({tooltip: 'tip'})}),
      symbol('points', constants({size, fill: background})),
      symbol('points', {
        size: {value: size},
        fill: {field: 'colour'},
        fillOpacity: Object.entries(FILLED).map(([standing, value]) => ({
          test: `datum.standing === '${standing}'`,
          value,
        })),
        strokeWidth: {value: radius / 3.5},
        tooltip: {field: 'tip'},
      }),
      rule('labels', {...fields({x2: 'leadX', y2: 'leadY'}), ...constants({stroke: faint, strokeWidth: 0.6})}),
      ...texts(look, 'lines'),
      ...texts(look, 'labels'),
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

/** The legend: the frontier positions that occur, if there are several points, and the paper's marks. */
export function legendKeys({points, paper}: Pareto, {faint}: Look): LegendKey[] {
  const standings = (['frontier', 'tied', 'dominated'] as const).filter(
    one => points.length > 1 && points.some(({standing}) => standing === one),
  )
  const keys = standings.map(one => ({text: KEYS[one], shape: 'circle', fillOpacity: FILLED[one], colour: faint}))
  const small = {text: 'as the paper prints it', shape: 'circle', fillOpacity: 0, colour: faint, size: SMALL}
  return paper.length === 0 ? keys : [...keys, small]
}
