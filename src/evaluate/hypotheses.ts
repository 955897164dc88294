/** A finished answer of a beam search. */
export interface Hypothesis {
  /** New ids, without the eos. */
  readonly ids: readonly number[]
  /** Mean log-probability of the new tokens, the eos counted. */
  readonly score: number
}

/** `kept` with `hypothesis` if that is among the best `most`; the earlier goes among equally bad ones. */
export function keep(kept: readonly Hypothesis[], hypothesis: Hypothesis, most: number): readonly Hypothesis[] {
  if (kept.length < most) return [...kept, hypothesis]
  const worst = worstScore(kept)
  if (hypothesis.score <= worst) return kept
  return [
    ...kept.toSpliced(
      kept.findIndex(({score}) => score === worst),
      1,
    ),
    hypothesis,
  ]
}

export const worstScore = (kept: readonly Hypothesis[]) => Math.min(...kept.map(({score}) => score))

/** In falling order, the latest first among equals. */
export const bestFirst = (kept: readonly Hypothesis[]): readonly Hypothesis[] =>
  kept.toReversed().sort((a, b) => b.score - a.score)
