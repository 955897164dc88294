/**
 * Holm's step-down correction (Holm 1979): of m p-values the one of rank i, from the smallest, becomes
 * max over j ≤ i of min(1, (m − j + 1) pⱼ). Testing the results at level α keeps the family-wise error rate at α.
 */
export function holm(ps: readonly number[]): number[] {
  const ranked = ps.map((p, i) => ({p, i})).toSorted((a, b) => a.p - b.p)
  const adjusted = new Array<number>(ps.length)
  let largest = 0
  for (const [rank, {p, i}] of ranked.entries()) {
    largest = Math.max(largest, Math.min(1, p * (ps.length - rank)))
    adjusted[i] = largest
  }
  return adjusted
}
