import {compact} from '../../base/collections.ts'
import {type CostAndScore, paretoFrontier} from '../frontier.ts'
import {type PlotSize, plotWidth} from './frame.ts'
import {kindOf, type Look, SHAPES} from './look.ts'
import type {Pareto} from './pareto-figure.ts'
import {around, type Box, type LabelledMark, placeLabels, type Spot, sharedArea} from './place-labels.ts'
import {type Axis, linearAxis, logAxis} from './scales.ts'
import {textWidth} from './text-width.ts'

/** The plot's size, and the vertical position of a score in it, in pixels. */
interface Plot extends PlotSize {
  readonly look: Look
  readonly rise: (score: number) => number
}

/** The layout of a Pareto figure in pixels. Labels cover nothing, and are next to their marks or joined to them by a line. */
export function paretoLayout(figure: Pareto, look: Look, {width, height}: PlotSize) {
  const {points, paper, lines} = figure
  const {x, y} = paretoAxes(figure, look, {width, height})
  const plot: Plot = {look, width, height, rise: score => height - y.at(score)}
  const spot = ({label, method, cost, score}: CostAndScore & {label: string; method: string}) => {
    const kind = kindOf(method)
    return {label, kind, shape: SHAPES[kind], colour: look.colours[kind], x: x.at(cost), y: plot.rise(score)}
  }
  const shifts = sideShifts(figure, look)
  const ours = points.map((point, i) => ({
    ...spot(point),
    x: x.at(point.cost) + shifts[i],
    low: plot.rise(point.low),
    high: plot.rise(point.high),
    left: x.at(point.costRange?.[0] ?? point.cost) + shifts[i],
    right: x.at(point.costRange?.[1] ?? point.cost) + shifts[i],
    standing: point.standing,
    tip: point.tip.join('\n'),
  }))
  /** The paper's points, each with the position of ours that reproduces it, else its own. */
  const theirs = paper.map(mark => {
    const own = ours.find(({label}) => label === mark.ours)
    const at = spot(mark)
    return {...at, tip: mark.tip.join('\n'), ownX: own?.x ?? at.x, ownY: own?.y ?? at.y, isAlone: own === undefined}
  })
  const frontier = frontierOf(points, ours) ?? frontierOf(paper, theirs) ?? []
  return {x, y, points: ours, paper: theirs, frontier, ...labelsOf(lines, plot, {ours, theirs, frontier})}
}

/** The marks on the frontier of some points; undefined without points. */
function frontierOf(points: readonly CostAndScore[], marks: readonly Spot[]): Spot[] | undefined {
  if (points.length === 0) return undefined
  return paretoFrontier(points)
    .map(point => marks[points.indexOf(point)])
    .map(({x, y}) => ({x, y}))
}

function costAxis({points, paper, xScale}: Pareto, look: Look, width: number): Axis {
  const names = [...points, ...paper].map(({label}) => textWidth(label, 0.92 * look.fontSize))
  const axis = xScale === 'log' ? logAxis : linearAxis
  return axis(
    [...points.flatMap(({cost, costRange = []}) => [cost, ...costRange]), ...paper.map(({cost}) => cost)],
    {length: width, below: 0.08 * width, above: Math.min(0.4 * width, Math.max(...names) + 4 * look.radius)}, // labels stand right of their marks
  )
}

function paretoAxes(figure: Pareto, look: Look, {width, height}: PlotSize) {
  const {points, paper, lines} = figure
  const x = costAxis(figure, look, width)
  const scores = [
    ...points.flatMap(({low, high}) => [low, high]),
    ...lines.flatMap(({score, low = score, high = score}) => [low, high]),
    ...paper.map(({score}) => score),
  ]
  const above = Math.max(0.06 * height, 1.6 * look.fontSize)
  return {x, y: linearAxis(scores, {length: height, below: 0.06 * height, above})}
}

/** The ends of the bars of a mark, in pixels. */
interface Bars {
  readonly low: number
  readonly high: number
  readonly left: number
  readonly right: number
}

interface Kinded {
  readonly kind: string
}

interface Marks {
  readonly ours: readonly (LabelledMark & Kinded & Bars)[]
  readonly theirs: readonly (LabelledMark & Kinded & {readonly isAlone: boolean})[]
  readonly frontier: readonly Spot[]
}

/** Places the labels of the lines, then those of the marks where they cover nothing. */
function labelsOf(lines: Pareto['lines'], plot: Plot, {ours, theirs, frontier}: Marks) {
  const {look, width, height} = plot
  const fontSize = 0.92 * look.fontSize
  const barred = ours.map(mark => ({...mark, bars: barsOf(mark)}))
  const intervals = lineIntervals(lines, plot)
  const bars = [...barred, ...intervals].flatMap(({bars}) => bars)
  const marks = [...ours, ...theirs].map(({x, y}) => around(x, y, look.radius + 2))
  const named: (LabelledMark & Kinded)[] = [...barred, ...theirs.filter(({isAlone}) => isAlone)]
  // the best positions of the labels
  const preferred = named.map(({label, x, y}) => ({
    x0: x,
    y0: y - fontSize / 2,
    x1: x + 2 * look.radius + textWidth(label, fontSize),
    y1: y + fontSize / 2,
  }))
  const drawn = namedLines(lines, plot, {marks, bars, preferred})
  const placed = placeLabels(named, {
    within: {x0: 1, y0: 1, x1: width - 1, y1: height - 1},
    fontSize,
    radius: look.radius,
    taken: [...drawn.map(({box}) => box), ...marks],
    avoided: [...bars, ...drawn.map(({y}) => band(y, width)), ...stairs(frontier)],
  })
  const labels = placed.map(({label, kind, x, y, textX, textY, lead}) => ({
    label,
    kind,
    x,
    y,
    textX,
    textY,
    colour: ours.some(mark => mark.label === label) ? look.ink : look.faint,
    leadX: lead?.x ?? x,
    leadY: lead?.y ?? y,
  }))
  return {lines: drawn, intervals, labels}
}

/** The bars of the intervals of dashed lines, side by side at their right ends. */
function lineIntervals(lines: Pareto['lines'], {look, width, rise}: Plot) {
  const known = lines.flatMap(({low, high, by}) => (low === undefined || high === undefined ? [] : [{low, high, by}]))
  return known.map(({low, high, by}, i) => {
    const bar = {x: width - 2 * look.radius * (i + 1), low: rise(low), high: rise(high)}
    return {...bar, colour: lineColour(by, look), bars: [verticalBar(bar)]}
  })
}

const lineColour = (by: Pareto['lines'][number]['by'], {ink, faint}: Look): string => (by === 'ours' ? ink : faint)

/** The bars of a mark as boxes that are a little wider. */
const barsOf = ({x, y, low, high, left, right}: Spot & Bars): Box[] =>
  compact([verticalBar({x, low, high}), right > left && {x0: left, y0: y - 3, x1: right, y1: y + 3}])

const verticalBar = ({x, low, high}: Pick<Spot & Bars, 'x' | 'low' | 'high'>): Box => ({
  x0: x - 3,
  y0: high,
  x1: x + 3,
  y1: low,
})

/** The horizontal shift of each mark and its bars: marks less than a pixel apart stand side by side. */
export function sideShifts(figure: Pareto, look: Look): number[] {
  const axis = costAxis(figure, look, plotWidth(look))
  const positions = figure.points.map(({cost}) => axis.at(cost))
  return positions.map((position, i) => {
    const same = positions.flatMap((other, j) => (Math.abs(other - position) < 1 ? [j] : []))
    return (same.indexOf(i) - (same.length - 1) / 2) * 2.4 * look.radius
  })
}

type Obstacle = 'marks' | 'bars' | 'preferred'

/** Dashed lines with their labels above or below, where they cover least. */
function namedLines(lines: Pareto['lines'], plot: Plot, obstacles: Readonly<Record<Obstacle, readonly Box[]>>) {
  const {look, width, height, rise} = plot
  const {marks, bars, preferred} = obstacles
  const fontSize = 0.92 * look.fontSize
  const done: Box[] = []
  return lines.map(({label, score, by}) => {
    const y = rise(score)
    const wide = textWidth(label, fontSize)
    const tries = [-0.85, 0.85].flatMap(side =>
      Array.from({length: 25}, (_, i) => {
        const textX = (0.01 + (0.98 * i) / 24) * (width - wide)
        const textY = y + side * fontSize
        return {
          textX,
          textY,
          box: {x0: textX, y0: textY - 0.6 * fontSize, x1: textX + wide, y1: textY + 0.6 * fontSize},
        }
      }),
    )
    const others = lines.map(other => rise(other.score)).filter(at => at !== y)
    const struck = others.map(at => band(at, width))
    const covered = ({box}: {readonly box: Box}) =>
      sharedArea(box, bars) +
      0.3 * sharedArea(box, preferred) +
      10 * sharedArea(box, [...marks, ...done, ...struck]) +
      (box.y0 < 0 || box.y1 > height ? 1e6 : 0)
    const best = tries.reduce((best, one) => (covered(one) < covered(best) ? one : best))
    done.push(best.box)
    return {label, y, colour: lineColour(by, look), ...best}
  })
}

/** A horizontal line as a thin box. */
const band = (y: number, width: number): Box => ({x0: 0, y0: y - 2, x1: width, y1: y + 2})

/** The steps of the frontier, as thin boxes. */
function stairs(path: readonly Spot[]): Box[] {
  return path.slice(1).flatMap((to, i) => {
    const from = path[i]
    return [
      {x0: from.x, y0: from.y - 1, x1: to.x, y1: from.y + 1},
      {x0: to.x - 1, y0: Math.min(from.y, to.y), x1: to.x + 1, y1: Math.max(from.y, to.y)},
    ]
  })
}
