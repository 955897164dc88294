/** Something that costs parameters and earns a score. */
export interface CostAndScore {
  readonly params: number
  readonly score: number
}

/**
 * `frontier`: nothing has a higher score for as many parameters or fewer (of equal ones the first counts). `tied`: something
 * has, but none that has `beats` it by what is known. `dominated`: something does beat it.
 */
export type FrontierPosition = 'frontier' | 'tied' | 'dominated'

export function frontierPositions<T extends CostAndScore>(
  points: readonly T[],
  beats: (better: T, worse: T) => boolean,
): FrontierPosition[] {
  return points.map((point, i) => {
    const better = points.filter((other, j) => dominates(other, point) || (equal(other, point) && j < i))
    if (better.length === 0) return 'frontier'
    return better.some(other => beats(other, point)) ? 'dominated' : 'tied'
  })
}

/** Those on the frontier, by parameters. */
export const paretoFrontier = <T extends CostAndScore>(points: readonly T[]): T[] =>
  points
    .filter((_, i) => frontierPositions(points, () => true)[i] === 'frontier')
    .toSorted((a, b) => a.params - b.params)

const equal = (a: CostAndScore, b: CostAndScore) => a.params === b.params && a.score === b.score

const dominates = (a: CostAndScore, b: CostAndScore) => a.params <= b.params && a.score >= b.score && !equal(a, b)
