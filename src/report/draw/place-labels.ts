import {textWidth} from './text-width.ts'

/** Pixels, y downwards. */
export interface Box {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

interface LabelledMark {
  readonly label: string
  readonly x: number
  readonly y: number
}

interface LabelPosition {
  /** The left end of the text, in the middle of its height. */
  readonly textX: number
  readonly textY: number
  /** The end of a line from the mark to its text, where the text is not next to the mark. */
  readonly lead?: {readonly x: number; readonly y: number}
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
  const {radius, within, taken = []} = options
  const blocked: Box[] = [...taken, ...marks.map(({x, y}) => around(x, y, radius + 1))]
  const leads: Box[] = []
  const placed: (T & LabelPosition)[] = []
  for (const mark of byCrowd(marks)) {
    const others = marks.filter(other => other !== mark)
    let best: Costed | undefined
    for (const box of boxes(mark, options)) {
      if (!inside(box, within) || blocked.some(other => overlap(box, other) > 0)) continue
      const candidate = candidateAt(box, mark, {...options, others})
      if (best && best.cost <= leastCost(candidate, mark, options)) continue // what it crosses would only add to the cost
      const cost = costOf(candidate, mark, {...options, blocked, leads})
      if (!best || cost < best.cost) best = {...candidate, cost}
    }
    if (!best) continue
    blocked.push(best.box)
    if (best.lead) leads.push(...along(mark, best.lead))
    const {box, lead} = best
    placed.push({...mark, textX: box.x0, textY: (box.y0 + box.y1) / 2, lead})
  }
  return placed
}

interface Candidate {
  readonly box: Box
  readonly distance: number
  readonly lead?: {readonly x: number; readonly y: number}
}

interface Costed extends Candidate {
  readonly cost: number
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
      const distance = times * fontSize
      const reach = radius + NEAR + distance
      const [dx, dy] = [Math.cos(angle), Math.sin(angle)]
      const cx = x + dx * (reach + width / 2) // an ellipse, so that texts above and below stay close
      const cy = y + dy * (reach + height / 2)
      return {x0: cx - width / 2, y0: cy - height / 2, x1: cx + width / 2, y1: cy + height / 2}
    }),
  )
}

function candidateAt(
  box: Box,
  {x, y}: LabelledMark,
  {others, fontSize, radius}: PlaceOptions & {readonly others: readonly LabelledMark[]},
): Candidate {
  const lead = {x: clamp(x, box.x0, box.x1), y: clamp(y, box.y0, box.y1)}
  const gap = away(box, {x, y})
  const isMistakable = others.some(other => away(box, other) < gap)
  return gap > radius + 1.2 * fontSize || isMistakable ? {box, distance: gap, lead} : {box, distance: gap}
}

/** The distance of a point from a box. */
const away = (box: Box, {x, y}: {readonly x: number; readonly y: number}) =>
  Math.hypot(clamp(x, box.x0, box.x1) - x, clamp(y, box.y0, box.y1) - y)

/** The cost of a distance: right of the mark is best, above and below better than left. */
const leastCost = ({box, distance}: Candidate, mark: LabelledMark, {fontSize}: PlaceOptions): number =>
  distance + ((box.x0 + box.x1) / 2 < mark.x ? 0.3 * fontSize : 0)

/** The full cost of a candidate, with what its box covers and its line crosses. */
function costOf(
  candidate: Candidate,
  mark: LabelledMark,
  options: PlaceOptions & {readonly blocked: readonly Box[]; readonly leads: readonly Box[]},
): number {
  const {box, lead} = candidate
  const {avoided = [], blocked, leads, fontSize} = options
  const covered = [...avoided, ...leads].reduce((sum, other) => sum + overlap(box, other), 0)
  const path = lead ? along(mark, lead).slice(3) : []
  const crossed = path.filter(dot => blocked.some(other => overlap(dot, other) > 0)).length
  const passed = path.filter(dot => avoided.some(other => overlap(dot, other) > 0)).length
  return leastCost(candidate, mark, options) + 1.2 * covered + 12 * crossed + 2 * passed + (lead ? fontSize : 0)
}

/** Small boxes on the way from a mark to its text. */
function along(from: {readonly x: number; readonly y: number}, to: {readonly x: number; readonly y: number}): Box[] {
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

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)
