/** A finished output of a beam search. */
export interface Hypothesis {
  /** New ids, without the eos. */
  readonly ids: readonly number[]
  /** Mean log-probability of the new tokens, the eos counted. */
  readonly score: number
}

/** Inserts a hypothesis if it is among the best `most`. Of equally bad ones the earliest is removed. */
export function insertHypothesis(
  best: readonly Hypothesis[],
  hypothesis: Hypothesis,
  most: number,
): readonly Hypothesis[] {
  if (best.length < most) return [...best, hypothesis]
  const worst = worstScore(best)
  if (hypothesis.score <= worst) return best
  const first = best.findIndex(({score}) => score === worst)
  return [...best.toSpliced(first, 1), hypothesis]
}

export const worstScore = (best: readonly Hypothesis[]) => Math.min(...best.map(({score}) => score))

/** Sorts hypotheses by falling score, the latest first among equals. */
export const bestFirst = (best: readonly Hypothesis[]): readonly Hypothesis[] =>
  best.toReversed().sort((a, b) => b.score - a.score)
