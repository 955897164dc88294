import {logSumExp} from './logits.ts'

/** A beam continued by one token. */
export interface Candidate {
  /** Index of the beam. */
  readonly beam: number
  readonly token: number
  /** Sum of the log-probabilities of all its new tokens, in float32 as the reference adds them. */
  readonly sum: number
}

/**
 * The `most` likeliest continuations of beams by one token, in falling order; among equals the lower beam, then the
 * lower token. `logits` and `sums` are the beams' own. Undefined if a row's logits are not numbers.
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
    let bar = found.length < most ? -Infinity : found[most - 1].sum
    for (let token = 0; token < row.length; token++) {
      const sum = Math.fround(Math.fround(row[token] - total) + sums[beam])
      if (sum <= bar) continue
      let place = found.length
      while (place > 0 && found[place - 1].sum < sum) place--
      found.splice(place, 0, {beam, token, sum})
      if (found.length > most) found.pop()
      if (found.length === most) bar = found[most - 1].sum
    }
  }
  return found
}
