import {describe, expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {pooledVariance} from './behrens-fisher.ts'
import {estimate} from './estimate.ts'
import {itemVariance} from './item-variance.ts'
import {mean} from './mean-variance.ts'
import {judge} from './verdict.ts'

const N = 1319
const TRUTH = 0.45
/** Between seeds; with the sampling error of the items a single run varies by 1.57 points. */
const SD = 0.008
/** Two standard errors of a count of 1 in 100 among 1,600. */
const NOISE = 2 * Math.sqrt((0.01 * 0.99) / 1600)

const measured = (scores: readonly number[]) => ({scores, itemVariance: itemVariance(mean(scores), N), n: N})
const printed = (score: number) => ({score, itemVariance: itemVariance(score, N)})

test('a difference within the error of items and seeds is no deviation, a large one is, by its sign', () => {
  expect(judge(printed(0.4034), measured([0.401, 0.407, 0.404]))).toMatchObject({verdict: 'reproduced', seeds: 3})
  expect(judge(printed(0.4034), measured([0.3, 0.31, 0.305])).verdict).toBe('deviates')
  expect(judge(printed(0.4034), measured([0.3, 0.31, 0.305])).difference).toBeCloseTo(-0.0984, 10)
})

test('one or two seeds reproduce nothing, nor does an interval that agrees with everything', () => {
  expect(judge(printed(0.4034), measured([0.4034])).verdict).toBe('indistinguishable')
  expect(judge(printed(0.4034), measured([0.4034, 0.4036])).verdict).toBe('indistinguishable')
  expect(judge(printed(0.4034), measured([0.3, 0.4, 0.5])).verdict).toBe('indistinguishable')
})

test('an interval cut at 100 % counts as its longer side', () => {
  const scores = [0.95, 0.98, 1]
  const {low, high} = estimate(measured(scores))
  expect([high, high - low < 0.1]).toEqual([1, true])
  expect(judge(printed(0.98), measured(scores)).verdict).toBe('indistinguishable')
})

test('one seed is judged by the variance between seeds of other rows, where that is known', () => {
  const alone = judge(printed(0.45), measured([0.39]))
  expect(alone).toMatchObject({verdict: 'deviates', degrees: 0})
  const among = judge(printed(0.45), measured([0.39]), {variance: 0.03 ** 2, degrees: 8})
  expect(among).toMatchObject({verdict: 'indistinguishable', degrees: 8, seeds: 1})
})

/**
 * Simulated papers and reproductions. Runs of one side answer the same items: 60 % of the variance of items is theirs in
 * common, the rest each run's own. The paper's items are other ones, which is the worst case.
 */
describe('calibration', () => {
  const items = (TRUTH * (1 - TRUTH)) / N
  const [common, own] = [0.6 * items, 0.4 * items]

  interface Simulated {
    /** Of seeds. */
    readonly sd: number
    readonly cases: number
    /** How far ours lie away, in standard errors of the difference. */
    readonly shift?: number
    /** Methods that tell together how much seeds vary. */
    readonly rows?: number
  }

  /** How many of all rows deviate, and how many intervals hold the truth. */
  function simulated(k: number, {sd, cases, shift = 0, rows = 1}: Simulated) {
    const draws = random(11, `${k} ${sd} ${shift} ${rows}`)
    const error = Math.sqrt(2 * common + (own + sd ** 2) * (1 + 1 / k))
    const side = (runs: number, truth: number) => {
      const items = truth + Math.sqrt(common) * draws.normal()
      return Array.from({length: runs}, () => items + Math.sqrt(own + sd ** 2) * draws.normal())
    }
    let [deviating, held] = [0, 0]
    for (let i = 0; i < cases / rows; i++) {
      const truth = TRUTH + shift * error
      const all = Array.from({length: rows}, () => side(k, truth))
      const spread = pooledVariance(all)
      for (const scores of all) {
        const {verdict} = judge(printed(side(1, TRUTH)[0]), measured(scores), spread)
        deviating += verdict === 'deviates' ? 1 : 0
        if (i % 4 > 0) continue // intervals take longer, and need fewer
        const {low, high} = estimate(measured(scores))
        held += low <= truth && truth <= high ? 1 : 0
      }
    }
    return {deviating: deviating / cases, held: (4 * held) / cases}
  }

  const few = [2, 3, 5].flatMap(k => [SD, 0.03, 0.1].map(sd => [k, sd] as const))

  test.each(few)('of %i seeds with sd %f at most 1 in 100 deviates, and intervals hold in 95 of 100 cases', (k, sd) => {
    for (const rows of [1, 8]) {
      const {deviating, held} = simulated(k, {sd, cases: 1600, rows})
      expect(deviating, `${rows} rows`).toBeLessThanOrEqual(0.01 + NOISE)
      expect(held, `${rows} rows`).toBeGreaterThanOrEqual(0.94)
    }
  })

  test('nor do more of 20 seeds', () => {
    expect(simulated(20, {sd: SD, cases: 1600}).deviating).toBeLessThanOrEqual(0.01)
  })

  test('one seed keeps to that where seeds do not vary, and not where they do: hence the warning', () => {
    expect(simulated(1, {sd: 0, cases: 20_000}).deviating).toBeLessThanOrEqual(0.0115) // 0.01 and 2 standard errors
    expect(simulated(1, {sd: 0.02, cases: 1600}).deviating).toBeGreaterThan(0.05)
  })

  test('a difference of 5 standard errors is found in 9 of 10 cases, of few seeds among 8 rows', () => {
    for (const [k, rows] of [
      [3, 8],
      [5, 8],
      [10, 1],
    ])
      expect(simulated(k, {sd: SD, cases: 480, shift: -5, rows}).deviating, `${k} seeds`).toBeGreaterThanOrEqual(0.9)
  })
})
