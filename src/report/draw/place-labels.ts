import {sum} from '../../base/collections.ts'
import {textWidth} from './text-width.ts'

/** Pixels, y downwards. */
export interface Box {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

/** A position in pixels. */
export interface Spot {
  readonly x: number
  readonly y: number
}

export interface LabelledMark extends Spot {
  readonly label: string
  readonly bars?: readonly Box[]
}

interface LabelPosition {
  /** The left end of the text, in the middle of its height. */
  readonly textX: number
  readonly textY: number
  /** The end of a line from the mark to its text, if the text is not next to the mark. */
  readonly lead?: Spot
}

interface PlaceOptions {
  /** All labels lie inside this box. */
  readonly within: Box
  readonly fontSize: number
  /** Half the size of a mark. */
  readonly radius: number
  /** Boxes that no label may cover, besides marks and other labels. */
  readonly taken: readonly Box[]
  /** Boxes that labels should not cover: lines, error bars. */
  readonly avoided: readonly Box[]
}

const NEAR = 4
const DIRECTIONS = 16
/** Distances to try, in font sizes. */
const DISTANCES = [0, 0.6, 1.2, 2, 3, 4.2, 5.6, 7.5, 10, 13]

/** What a position costs, besides its distance from the mark in pixels. */
const COST = {
  /** A text left of its mark, in font sizes: right of it is best. */
  left: 0.3,
  /** Each square pixel of the avoided boxes and of other leads that the text covers. */
  covered: 1.2,
  /** A lead, in font sizes. */
  lead: 1,
  /** Each dot of a lead on a mark or another text. */
  crossedMark: 12,
  /** Each dot of a lead on an avoided box. */
  crossedLine: 2,
}

/** A text that is farther than this from the edge of its mark, in font sizes, has a lead. */
const FAR = 1.2

/** The dots of a lead on its own mark. */
const OWN_DOTS = 3

/** The positions to try, the nearest first. */
const POSITIONS = DISTANCES.flatMap(times =>
  Array.from({length: DIRECTIONS}, (_, i) => {
    const angle = (2 * Math.PI * i) / DIRECTIONS
    return {times, dx: Math.cos(angle), dy: Math.sin(angle)}
  }),
)

/**
 * Places each label at the best of a few positions around its mark where it covers no mark and no label, the most crowded
 * marks first. Labels for which there is no room are left out.
 */
export function placeLabels<T extends LabelledMark>(marks: readonly T[], options: PlaceOptions): (T & LabelPosition)[] {
  const {radius, taken} = options
  const blocked: Box[] = [...taken, ...marks.map(({x, y}) => around(x, y, radius + 1))]
  const leads: Box[] = []
  const placed: (T & LabelPosition)[] = []
  for (const mark of byCrowd(marks)) {
    const best = bestCandidate(mark, options, {marks, blocked, leads})
    if (!best) continue
    const {box, lead, path} = best
    blocked.push(box)
    leads.push(...path)
    placed.push({...mark, textX: box.x0, textY: (box.y0 + box.y1) / 2, lead})
  }
  return placed
}

/** What the label of a mark has to avoid. */
interface Surroundings {
  readonly marks: readonly LabelledMark[]
  readonly blocked: readonly Box[]
  readonly leads: readonly Box[]
}

interface LabelSize {
  readonly width: number
  readonly fontSize: number
  readonly radius: number
}

interface Candidate {
  readonly box: Box
  readonly lead: Spot | undefined
  /** The way of the lead. */
  readonly path: readonly Box[]
}

/**
 * The position with the least cost, the first of equal ones; undefined without any. A cost is a sum of parts of at least 0,
 * so that a position is dropped as soon as some of them are as much as the best cost.
 */
function bestCandidate(
  mark: LabelledMark,
  options: PlaceOptions,
  {marks, blocked, leads}: Surroundings,
): Candidate | undefined {
  const {fontSize, radius, within, avoided} = options
  const size = {width: textWidth(mark.label, fontSize), fontSize, radius}
  const obstacles = [...avoided, ...leads]
  let best: Candidate | undefined
  let least = Number.POSITIVE_INFINITY
  for (const position of POSITIONS) {
    const box = boxAt(mark, position, size)
    const gap = distance(box, mark)
    const near = gap + ((box.x0 + box.x1) / 2 < mark.x ? COST.left * fontSize : 0)
    if (near >= least || !inside(box, within) || blocked.some(other => overlap(box, other) > 0)) continue
    let free = near
    let shared = 0
    for (const obstacle of obstacles) {
      shared += overlap(box, obstacle)
      free = near + COST.covered * shared
      if (free >= least) break
    }
    if (free >= least) continue
    const isMistakable = marks.some(other => distance(box, other) < gap || (other !== mark && touchesBar(box, other)))
    const lead = gap > radius + FAR * fontSize || isMistakable ? nearestIn(box, mark) : undefined
    const joined = lead ? COST.lead * fontSize : 0
    if (free + joined >= least) continue
    const path = lead ? along(mark, lead) : []
    const way = path.slice(OWN_DOTS)
    const cost = free + COST.crossedMark * crossings(way, blocked) + COST.crossedLine * crossings(way, avoided) + joined
    if (cost >= least) continue
    least = cost
    best = {box, lead, path}
  }
  return best
}

const touchesBar = (box: Box, {bars = []}: LabelledMark): boolean => bars.some(bar => overlap(box, bar) > 0)

/** The mark with the nearest neighbours first; equal ones from left to right. */
function byCrowd<T extends LabelledMark>(marks: readonly T[]): readonly T[] {
  const crowd = (mark: T) =>
    marks.reduce(
      (sum, other) => (other === mark ? sum : sum + 1 / (1 + Math.hypot(mark.x - other.x, mark.y - other.y))),
      0,
    )
  return marks.toSorted((a, b) => crowd(b) - crowd(a) || a.x - b.x || a.y - b.y)
}

/** The box of a label in a direction from its mark, at a distance in font sizes. */
function boxAt({x, y}: Spot, {dx, dy, times}: (typeof POSITIONS)[number], {width, fontSize, radius}: LabelSize): Box {
  const height = 1.15 * fontSize
  const reach = radius + NEAR + times * fontSize
  const cx = x + dx * (reach + width / 2) // an ellipse, so that texts above and below stay close
  const cy = y + dy * (reach + height / 2)
  return {x0: cx - width / 2, y0: cy - height / 2, x1: cx + width / 2, y1: cy + height / 2}
}

const nearestIn = (box: Box, {x, y}: Spot): Spot => ({x: clamp(x, box.x0, box.x1), y: clamp(y, box.y0, box.y1)})

const distance = (box: Box, {x, y}: Spot): number =>
  Math.hypot(Math.max(box.x0 - x, 0, x - box.x1), Math.max(box.y0 - y, 0, y - box.y1))

/** The number of small boxes on a straight way that lie on other boxes. */
function crossings(path: readonly Box[], boxes: readonly Box[]): number {
  if (path.length === 0) return 0
  const [first, last] = [path[0], path[path.length - 1]]
  const way: Box = {
    x0: Math.min(first.x0, last.x0),
    y0: Math.min(first.y0, last.y0),
    x1: Math.max(first.x1, last.x1),
    y1: Math.max(first.y1, last.y1),
  }
  const near = boxes.filter(box => overlap(way, box) > 0)
  return path.filter(dot => near.some(box => overlap(dot, box) > 0)).length
}

/** Small boxes on the way from a mark to its text. */
function along(from: Spot, to: Spot): Box[] {
  const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 3)
  return Array.from({length: steps}, (_, i) => {
    const share = i / steps
    return around(from.x + share * (to.x - from.x), from.y + share * (to.y - from.y), 1)
  })
}

export const around = (x: number, y: number, radius: number): Box => ({
  x0: x - radius,
  y0: y - radius,
  x1: x + radius,
  y1: y + radius,
})

const inside = (box: Box, within: Box) =>
  box.x0 >= within.x0 && box.y0 >= within.y0 && box.x1 <= within.x1 && box.y1 <= within.y1

/** The area that two boxes share. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)
  if (width <= 0) return 0
  return width * Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0))
}

export const sharedArea = (box: Box, others: readonly Box[]): number => sum(others.map(other => overlap(box, other)))

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
