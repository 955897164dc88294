import {formatCount} from '../../base/pluralize.ts'
import {formatPercent} from '../../results/score-text.ts'
import {type CostAndScore, paretoFrontier} from '../frontier.ts'
import type {PlotFrame} from './frame.ts'
import {kindOf, type Look, SHAPES} from './look.ts'
import type {Pareto} from './pareto-figure.ts'
import {around, type Box, overlap, placeLabels} from './place-labels.ts'
import {type Axis, linearAxis, logAxis} from './scales.ts'
import {textWidth} from './text-width.ts'

/** A mark in pixels of the plot. */
interface Spot {
  readonly label: string
  readonly kind: string
  readonly shape: string
  readonly colour: string
  readonly x: number
  readonly y: number
}

/** The layout of a Pareto figure in pixels; labels cover nothing. */
export interface ParetoLayout {
  readonly x: Axis
  readonly y: Axis
  readonly points: readonly (Spot & {
    readonly low: number
    readonly high: number
    readonly standing: string
    readonly tip: string
  })[]
  /** The paper's points, each with the position of ours that reproduces it, else its own. */
  readonly paper: readonly (Spot & {readonly tip: string; readonly ownX: number; readonly ownY: number})[]
  readonly frontier: readonly {readonly x: number; readonly y: number}[]
  readonly lines: readonly Line[]
  /** Labels beside their marks, or joined to them by a line. */
  readonly labels: readonly Label[]
}

interface Label extends Spot {
  readonly textX: number
  readonly textY: number
  readonly leadX: number
  readonly leadY: number
}

interface Line {
  readonly label: string
  readonly colour: string
  readonly y: number
  readonly textX: number
  readonly textY: number
}

export function paretoLayout(figure: Pareto, look: Look, frame: PlotFrame): ParetoLayout {
  const {points, paper} = figure
  const {x, y} = paretoAxes(figure, look, frame)
  const rise = (score: number) => frame.height - y.at(score)
  const spot = ({label, method, params, score}: CostAndScore & {label: string; method: string}): Spot => {
    const kind = kindOf(method)
    return {label, kind, shape: SHAPES[kind], colour: look.colours[kind], x: x.at(params), y: rise(score)}
  }
  const shifts = beside(
    points.map(({params}) => x.at(params)),
    2.4 * look.radius,
  )
  const ours = points.map((point, i) => ({
    ...spot(point),
    x: x.at(point.params) + shifts[i],
    low: rise(point.low),
    high: rise(point.high),
    standing: point.standing,
    tip: point.tip.join('\n'),
  }))
  const theirs = paper.map(mark => {
    const own = ours.find(({label}) => label === mark.ours)
    const tip = `${mark.label}, as printed\n${formatPercent(mark.score, 2)}\n${formatCount(mark.params)} trained`
    const at = spot(mark)
    return {...at, tip, ownX: own?.x ?? at.x, ownY: own?.y ?? at.y, isAlone: own === undefined}
  })
  const frontier = paretoFrontier(points)
    .map(point => ours[points.indexOf(point)])
    .map(({x, y}) => ({x, y}))
  return {x, y, points: ours, paper: theirs, frontier, ...labelsOf(figure, {look, frame, rise, ours, theirs, frontier})}
}

function paretoAxes({points, paper, lines}: Pareto, look: Look, {width, height}: PlotFrame) {
  const names = [...points, ...paper].map(({label}) => textWidth(label, 0.92 * look.fontSize))
  const x = logAxis(
    [...points, ...paper].map(({params}) => params),
    {length: width, below: 0.08 * width, above: Math.min(0.4 * width, Math.max(...names) + 4 * look.radius)}, // labels stand right of their marks
  )
  const scores = [...points.flatMap(({low, high}) => [low, high]), ...[...paper, ...lines].map(({score}) => score)]
  const above = Math.max(0.06 * height, 1.6 * look.fontSize)
  return {x, y: linearAxis(scores, {length: height, below: 0.06 * height, above})}
}

interface PlacedMarks {
  readonly look: Look
  readonly frame: PlotFrame
  readonly rise: (score: number) => number
  readonly ours: readonly (Spot & {readonly low: number; readonly high: number})[]
  readonly theirs: readonly (Spot & {readonly isAlone: boolean})[]
  readonly frontier: ParetoLayout['frontier']
}

/** Places the labels of the lines, then those of the marks where they cover nothing. */
function labelsOf(
  {lines}: Pareto,
  {look, frame: {width, height}, rise, ours, theirs, frontier}: PlacedMarks,
): Pick<ParetoLayout, 'lines' | 'labels'> {
  const fontSize = 0.92 * look.fontSize
  const bars = ours.map(({x, low, high}) => ({x0: x - 3, y0: high, x1: x + 3, y1: low}))
  const marks = [...ours, ...theirs].map(({x, y}) => around(x, y, look.radius + 2))
  const named = [...ours, ...theirs.filter(({isAlone}) => isAlone)]
  const preferred = named.map(({label, x, y}) => ({
    x0: x,
    y0: y - fontSize / 2,
    x1: x + 2 * look.radius + textWidth(label, fontSize),
    y1: y + fontSize / 2,
  })) // the best positions of the labels
  const drawn = namedLines(lines, {look, width, height, rise, marks, bars, preferred})
  const placed = placeLabels(named, {
    within: {x0: 1, y0: 1, x1: width - 1, y1: height - 1},
    fontSize,
    radius: look.radius,
    taken: [...drawn.map(({box}) => box), ...marks],
    avoided: [...bars, ...drawn.map(({y}) => ({x0: 0, y0: y - 2, x1: width, y1: y + 2})), ...stairs(frontier)],
  })
  const labels = placed.map(({lead, ...mark}) => ({
    ...mark,
    colour: ours.some(({label}) => label === mark.label) ? look.ink : look.faint,
    leadX: lead?.x ?? mark.x,
    leadY: lead?.y ?? mark.y,
  }))
  return {lines: drawn, labels}
}

/** How far each mark is moved sideways, with its bar, so that marks at one position stand beside each other. */
function beside(positions: readonly number[], gap: number): number[] {
  return positions.map((position, i) => {
    const same = positions.flatMap((other, j) => (Math.abs(other - position) < 1 ? [j] : []))
    return (same.indexOf(i) - (same.length - 1) / 2) * gap
  })
}

interface LineSpace {
  readonly look: Look
  readonly width: number
  readonly height: number
  readonly rise: (score: number) => number
  readonly marks: readonly Box[]
  readonly bars: readonly Box[]
  readonly preferred: readonly Box[]
}

/** Dashed lines with their labels above or below, where they cover least. */
function namedLines(lines: Pareto['lines'], space: LineSpace): (Line & {readonly box: Box})[] {
  const {look, width, height, rise} = space
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
    const strokes = lines.map(other => rise(other.score)).filter(at => at !== y)
    const struck = strokes.map(at => ({x0: 0, y0: at - 2, x1: width, y1: at + 2}))
    const covered = ({box}: {readonly box: Box}) =>
      shared(box, space.bars) +
      0.3 * shared(box, space.preferred) +
      10 * shared(box, [...space.marks, ...done, ...struck]) +
      (box.y0 < 0 || box.y1 > height ? 1e6 : 0)
    const best = tries.reduce((best, one) => (covered(one) < covered(best) ? one : best))
    done.push(best.box)
    return {label, y, colour: by === 'ours' ? look.ink : look.faint, ...best}
  })
}

const shared = (box: Box, others: readonly Box[]) => others.reduce((sum, other) => sum + overlap(box, other), 0)

/** The steps of the frontier, as thin boxes. */
function stairs(path: readonly {readonly x: number; readonly y: number}[]): Box[] {
  return path.slice(1).flatMap((to, i) => {
    const from = path[i]
    return [
      {x0: from.x, y0: from.y - 1, x1: to.x, y1: from.y + 1},
      {x0: to.x - 1, y0: Math.min(from.y, to.y), x1: to.x + 1, y1: Math.max(from.y, to.y)},
    ]
  })
}
