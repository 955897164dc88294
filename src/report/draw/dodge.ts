import type {Spot} from './place-labels.ts'

interface DodgingMark extends Spot {
  /** 1 for the best mark of its line, which is filled, else 0. */
  readonly fill: number
}

interface DodgeOptions {
  /** Half the size of a mark, in pixels. */
  readonly radius: number
  readonly width: number
}

/** How many marks wide a mark moves at most. */
const FARTHEST = 4

/**
 * The horizontal shift of each mark: a mark that would hide the best one of another line, or be hidden by it, stands beside it,
 * as near as there is room. Other marks may cover each other.
 */
export function dodgeShifts(marks: readonly DodgingMark[], {radius, width}: DodgeOptions): number[] {
  const shifts = marks.map(() => 0)
  const taken: Spot[] = []
  const isFree = ({x, y}: Spot) =>
    x >= radius &&
    x <= width - radius &&
    taken.every(other => Math.abs(other.x - x) >= 1.8 * radius || Math.abs(other.y - y) >= radius)
  for (const [i, {x, y, fill}] of bestFirst(marks)) {
    shifts[i] = STEPS.map(step => 2 * step * radius).find(shift => isFree({x: x + shift, y})) ?? 0
    if (fill) taken.push({x: x + shifts[i], y})
  }
  return shifts
}

/** 0, 1, −1, 2, −2 …, in sizes of a mark. */
const STEPS = [0, ...Array.from({length: FARTHEST}, (_, i) => [i + 1, -i - 1]).flat()]

const bestFirst = (marks: readonly DodgingMark[]) => [...marks.entries()].toSorted(([, a], [, b]) => b.fill - a.fill)
