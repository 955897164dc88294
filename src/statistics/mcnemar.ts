/**
 * McNemar's exact test: two runs answered the same items, `onlyA` and `onlyB` of which one of them alone got right. How
 * likely so uneven a split is, were either as likely: two-sided.
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB
  const few = Math.min(onlyA, onlyB)
  if (2 * few >= n - 1) return 1
  let logChoose = 0
  let sum = 0
  for (let i = 0; i <= few; i++) {
    sum += Math.exp(logChoose - n * Math.LN2)
    logChoose += Math.log((n - i) / (i + 1))
  }
  return Math.min(1, 2 * sum)
}
