/** A point of a Pareto figure: the number of trained parameters, and a score. */
export interface CostAndScore {
  readonly params: number
  readonly score: number
}

/**
 * `frontier`: no other point has a higher score with as many parameters or fewer; of equal points the first is on it.
 * `dominated`: a point with as many parameters or fewer scores significantly higher. `tied`: one scores higher, but none
 * significantly.
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

/** The points on the Pareto frontier, by parameters. */
export const paretoFrontier = <T extends CostAndScore>(points: readonly T[]): T[] =>
  points
    .filter((_, i) => frontierPositions(points, () => true)[i] === 'frontier')
    .toSorted((a, b) => a.params - b.params)

const equal = (a: CostAndScore, b: CostAndScore) => a.params === b.params && a.score === b.score

const dominates = (a: CostAndScore, b: CostAndScore) => a.params <= b.params && a.score >= b.score && !equal(a, b)
