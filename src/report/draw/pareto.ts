import type {EncodeEntry, Mark, Spec} from 'vega'
import type {FrontierPosition} from '../frontier.ts'
import {axes, frameFigure, hideableData, type LegendKey, texts} from './frame.ts'
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
  const {frame, spec, marks} = frameFigure(figure, keysOf(figure, look), look)
  const layout = paretoLayout(figure, look, frame)
  const {radius, background, faint} = look
  const {x, y} = layout
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
    ...axes(look, {
      x: {...x, ticks},
      y,
      xTitle: 'trained parameters',
      yTitle: figure.yTitle,
      xScale: 'log',
      yScale: 'linear',
      percent: true,
    }),
    marks: [
      ...marks,
      rule('lines', {
        x: {value: 0},
        x2: {value: frame.width},
        strokeDash: {value: [6, 4]},
        strokeWidth: {value: radius / 4},
      }),
      {
        type: 'line',
        from: {data: 'frontier'},
        interactive: false,
        encode: {
          enter: {
            x: {field: 'x'},
            y: {field: 'y'},
            interpolate: {value: 'step-after'},
            stroke: {value: faint},
            strokeOpacity: {value: 0.55},
            strokeWidth: {value: radius / 3},
          },
        },
      },
      rule('paper', {x2: {field: 'ownX'}, y2: {field: 'ownY'}, strokeDash: {value: [1, 2]}}),
      rule('points', {y: {field: 'low'}, y2: {field: 'high'}, strokeWidth: {value: radius / 4}}),
      symbol('paper', {size: {value: 4 * (SMALL * radius) ** 2}, fill: {value: background}, tooltip: {field: 'tip'}}),
      symbol('points', {size: {value: 4 * radius ** 2}, fill: {value: background}}),
      symbol('points', {
        size: {value: 4 * radius ** 2},
        fill: {field: 'colour'},
        fillOpacity: Object.entries(FILLED).map(([standing, value]) => ({
          test: `datum.standing === '${standing}'`,
          value,
        })),
        strokeWidth: {value: radius / 3.5},
        tooltip: {field: 'tip'},
      }),
      rule('labels', {x2: {field: 'leadX'}, y2: {field: 'leadY'}, stroke: {value: faint}, strokeWidth: {value: 0.6}}),
      ...texts(look, 'lines'),
      ...texts(look, 'labels'),
    ],
  }
}

const rule = (data: string, update: EncodeEntry): Mark => ({
  type: 'rule',
  from: {data},
  interactive: false,
  encode: {update: {x: {field: 'x'}, y: {field: 'y'}, stroke: {field: 'colour'}, ...update}},
})

const symbol = (data: string, update: EncodeEntry): Mark => ({
  type: 'symbol',
  from: {data},
  encode: {
    update: {x: {field: 'x'}, y: {field: 'y'}, shape: {field: 'shape'}, stroke: {field: 'colour'}, ...update},
  },
})

/** The legend: the frontier positions that occur, if there are several points, and the paper's marks. */
export function keysOf({points, paper}: Pareto, {faint}: Look): LegendKey[] {
  const standings = (['frontier', 'tied', 'dominated'] as const).filter(
    one => points.length > 1 && points.some(({standing}) => standing === one),
  )
  const keys = standings.map(one => ({text: KEYS[one], shape: 'circle', fillOpacity: FILLED[one], colour: faint}))
  const small = {text: 'as the paper prints it', shape: 'circle', fillOpacity: 0, colour: faint, size: SMALL}
  return paper.length === 0 ? keys : [...keys, small]
}
