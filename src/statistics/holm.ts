/**
 * Holm 1979: p-values adjusted for all that were tested, each at least as large as those below it. The probability that
 * any of them is below α where nothing differs is at most α.
 */
export function holm(ps: readonly number[]): number[] {
  const adjusted = new Array<number>(ps.length)
  let least = 0
  for (const [rank, {p, i}] of ps
    .map((p, i) => ({p, i}))
    .toSorted((a, b) => a.p - b.p)
    .entries()) {
    least = Math.max(least, Math.min(1, p * (ps.length - rank)))
    adjusted[i] = least
  }
  return adjusted
}
