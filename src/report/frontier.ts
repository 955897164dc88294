/** A point of a Pareto figure: its cost, in trained parameters or memory, and a score. */
export interface CostAndScore {
  readonly cost: number
  readonly score: number
}

/**
 * `frontier`: no other point of the same cost or less scores as high; of equal points the first is on it.
 * `dominated`: such a point scores significantly higher. `tied`: one scores as high, but none significantly higher.
 */
export type FrontierPosition = 'frontier' | 'tied' | 'dominated'

export function frontierPositions<T extends CostAndScore>(
  points: readonly T[],
  isSignificant: (better: T, worse: T) => boolean,
): FrontierPosition[] {
  return points.map((point, i) => {
    const better = points.filter((other, j) => dominates(other, point) || (equal(other, point) && j < i))
    if (better.length === 0) return 'frontier'
    return better.some(other => isSignificant(other, point)) ? 'dominated' : 'tied'
  })
}

/** The points on the Pareto frontier, by cost. */
export function paretoFrontier<T extends CostAndScore>(points: readonly T[]): T[] {
  const positions = frontierPositions(points, () => true)
  return points.filter((_, i) => positions[i] === 'frontier').toSorted((a, b) => a.cost - b.cost)
}

const equal = (a: CostAndScore, b: CostAndScore) => a.cost === b.cost && a.score === b.score

const dominates = (a: CostAndScore, b: CostAndScore) => a.cost <= b.cost && a.score >= b.score && !equal(a, b)
