/**
 * The two-sided p-value of McNemar's exact test (McNemar 1947): of two runs on the same items, A alone is right on `onlyA`
 * and B alone on `onlyB`. Under the null hypothesis onlyA is binomial, with n = onlyA + onlyB and probability 1/2.
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB
  const smaller = Math.min(onlyA, onlyB)
  if (2 * smaller >= n - 1) return 1
  let logChoose = 0
  let tail = 0
  for (let i = 0; i <= smaller; i++) {
    tail += Math.exp(logChoose - n * Math.LN2)
    logChoose += Math.log((n - i) / (i + 1))
  }
  return Math.min(1, 2 * tail)
}
