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

interface LabelledMark extends Spot {
  readonly label: string
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
  readonly taken?: readonly Box[]
  /** Boxes that labels should not cover: lines, error bars. */
  readonly avoided?: readonly Box[]
}

const NEAR = 4
const DIRECTIONS = 16
/** Distances to try, in font sizes. */
const DISTANCES = [0, 0.6, 1.2, 2, 3, 4.2, 5.6, 7.5, 10, 13]

/**
 * Places each label at the best of a few positions around its mark where it covers no mark and no label, the most crowded
 * marks first. Labels for which there is no room are left out.
 */
export function placeLabels<T extends LabelledMark>(marks: readonly T[], options: PlaceOptions): (T & LabelPosition)[] {
  const {fontSize, radius, within, taken = [], avoided = []} = options
  const blocked: Box[] = [...taken, ...marks.map(({x, y}) => around(x, y, radius + 1))]
  const leads: Box[] = []
  const placed: (T & LabelPosition)[] = []
  for (const mark of byCrowd(marks)) {
    const candidates = boxes(mark, options)
      .filter(box => inside(box, within) && !blocked.some(other => overlap(box, other) > 0))
      .map(box => {
        const gap = distance(box, mark)
        const isMistakable = marks.some(other => distance(box, other) < gap)
        const lead = gap > radius + 1.2 * fontSize || isMistakable ? nearestIn(box, mark) : undefined
        const path = lead ? along(mark, lead) : []
        const cost =
          gap +
          ((box.x0 + box.x1) / 2 < mark.x ? 0.3 * fontSize : 0) + // right of the mark is best
          1.2 * sharedArea(box, [...avoided, ...leads]) +
          12 * crossings(path.slice(3), blocked) +
          2 * crossings(path.slice(3), avoided) +
          (lead ? fontSize : 0)
        return {box, lead, path, cost}
      })
    if (candidates.length === 0) continue
    const {box, lead, path} = candidates.reduce((best, one) => (one.cost < best.cost ? one : best))
    blocked.push(box)
    leads.push(...path)
    placed.push({...mark, textX: box.x0, textY: (box.y0 + box.y1) / 2, lead})
  }
  return placed
}

/** The mark with the nearest neighbours first; equal ones from left to right. */
function byCrowd<T extends LabelledMark>(marks: readonly T[]): readonly T[] {
  const crowd = (mark: T) =>
    marks.reduce(
      (sum, other) => (other === mark ? sum : sum + 1 / (1 + Math.hypot(mark.x - other.x, mark.y - other.y))),
      0,
    )
  return marks.toSorted((a, b) => crowd(b) - crowd(a) || a.x - b.x || a.y - b.y)
}

/** Candidate boxes around a mark, the nearest first. */
function boxes({label, x, y}: LabelledMark, {fontSize, radius}: PlaceOptions): Box[] {
  const width = textWidth(label, fontSize)
  const height = 1.15 * fontSize
  return DISTANCES.flatMap(times =>
    Array.from({length: DIRECTIONS}, (_, i) => {
      const angle = (2 * Math.PI * i) / DIRECTIONS
      const reach = radius + NEAR + times * fontSize
      const [dx, dy] = [Math.cos(angle), Math.sin(angle)]
      const cx = x + dx * (reach + width / 2) // an ellipse, so that texts above and below stay close
      const cy = y + dy * (reach + height / 2)
      return {x0: cx - width / 2, y0: cy - height / 2, x1: cx + width / 2, y1: cy + height / 2}
    }),
  )
}

const nearestIn = (box: Box, {x, y}: Spot): Spot => ({x: clamp(x, box.x0, box.x1), y: clamp(y, box.y0, box.y1)})

function distance(box: Box, spot: Spot): number {
  const nearest = nearestIn(box, spot)
  return Math.hypot(nearest.x - spot.x, nearest.y - spot.y)
}

const crossings = (path: readonly Box[], boxes: readonly Box[]) =>
  path.filter(dot => boxes.some(box => overlap(dot, box) > 0)).length

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
export const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)) * Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0))

/** The sum of the areas that a box shares with others. */
export const sharedArea = (box: Box, others: readonly Box[]): number =>
  others.reduce((sum, other) => sum + overlap(box, other), 0)

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
