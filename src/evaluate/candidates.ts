import {logSumExp} from './logits.ts'

/** A beam continued by one token. */
export interface Candidate {
  /** The beam's index. */
  readonly beam: number
  readonly token: number
  /** Sum of the log-probabilities of all its new tokens, in float32 as the reference adds them. */
  readonly sum: number
}

/**
 * The `most` likeliest continuations of beams by one token, in falling order; ties go to the lower beam, then to the lower
 * token. `logits` and `sums` belong to the beams. Undefined where a logit is not a number.
 */
export function candidates(
  logits: readonly Float32Array[],
  sums: readonly number[],
  most: number,
): Candidate[] | undefined {
  const found: Candidate[] = []
  for (let beam = 0; beam < logits.length; beam++) {
    const row = logits[beam]
    const total = logSumExp(row)
    if (!Number.isFinite(total)) return undefined
    let lowest = found.length < most ? -Infinity : found[most - 1].sum
    for (let token = 0; token < row.length; token++) {
      const sum = Math.fround(Math.fround(row[token] - total) + sums[beam])
      if (sum <= lowest) continue
      let rank = found.length
      while (rank > 0 && found[rank - 1].sum < sum) rank--
      found.splice(rank, 0, {beam, token, sum})
      if (found.length > most) found.pop()
      if (found.length === most) lowest = found[most - 1].sum
    }
  }
  return found
}
