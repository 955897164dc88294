import {describe, expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {estimate} from './estimate.ts'
import {itemVariance} from './item-variance.ts'
import {mean} from './mean-variance.ts'
import {pooledVariance} from './seed-variance.ts'
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

test('one or two seeds reproduce nothing, nor does a wide interval', () => {
  expect(judge(printed(0.4034), measured([0.4034])).verdict).toBe('indistinguishable')
  expect(judge(printed(0.4034), measured([0.4034, 0.4036])).verdict).toBe('indistinguishable')
  expect(judge(printed(0.4034), measured([0.3, 0.4, 0.5])).verdict).toBe('indistinguishable')
})

test('a score outside our interval is not reproduced, though the difference is not significant', () => {
  const ours = measured([0.401, 0.407, 0.404])
  for (const score of [0.37, 0.44]) expect(judge(printed(score), ours).verdict, `${score}`).toBe('indistinguishable')
})

test('an interval cut at 100 % counts as its longer side', () => {
  const scores = [0.95, 0.98, 1]
  const {low, high} = estimate(measured(scores))
  expect([high, high - low < 0.1]).toEqual([1, true])
  expect(judge(printed(0.98), measured(scores)).verdict).toBe('indistinguishable')
})

test('a single seed is judged by the variance between seeds of other rows, if known', () => {
  const alone = judge(printed(0.45), measured([0.39]))
  expect(alone).toMatchObject({verdict: 'deviates', degrees: 0})
  const among = judge(printed(0.45), measured([0.39]), {variance: 0.03 ** 2, degrees: 8, outlier: Infinity})
  expect(among).toMatchObject({verdict: 'indistinguishable', degrees: 8, seeds: 1})
})

/**
 * Simulated papers and reproductions. Runs of one side answer the same items: 60 % of the variance of items is
 * common to them, the rest is each run's own. The paper's items are different ones, which is the worst case.
 */
describe('calibration', () => {
  const items = (TRUTH * (1 - TRUTH)) / N
  const [common, own] = [0.6 * items, 0.4 * items]

  interface Simulated {
    /** The standard deviation between seeds. */
    readonly sd: number
    readonly cases: number
    /** The true difference, in standard errors. */
    readonly shift?: number
    /** The number of rows over which the variance between seeds is pooled. */
    readonly rows?: number
    /** How much more than the others the first row varies between seeds. */
    readonly wild?: number
  }

  /** The shares of rows that deviate, and of intervals that cover the true score. */
  function simulated(k: number, {sd, cases, shift = 0, rows = 1, wild = 1}: Simulated) {
    const draws = random(11, `${k} ${sd} ${shift} ${rows}`)
    const error = Math.sqrt(2 * common + (own + sd ** 2) * (1 + 1 / k))
    const side = (runs: number, truth: number, row: number) => {
      const items = truth + Math.sqrt(common) * draws.normal()
      const seeds = own + (row === 0 ? wild * sd : sd) ** 2
      return Array.from({length: runs}, () => items + Math.sqrt(seeds) * draws.normal())
    }
    let [deviating, covered, first] = [0, 0, 0]
    for (let i = 0; i < cases / rows; i++) {
      const truth = TRUTH + shift * error
      const all = Array.from({length: rows}, (_, row) => side(k, truth, row))
      const spread = pooledVariance(all)
      for (const [row, scores] of all.entries()) {
        const {verdict} = judge(printed(side(1, TRUTH, row)[0]), measured(scores), spread)
        deviating += verdict === 'deviates' ? 1 : 0
        first += row === 0 && verdict === 'deviates' ? 1 : 0
        if (i % 4 > 0) continue // intervals take longer, and need fewer
        const {low, high} = estimate(measured(scores))
        covered += low <= truth && truth <= high ? 1 : 0
      }
    }
    return {deviating: deviating / cases, covered: (4 * covered) / cases, first: (rows * first) / cases}
  }

  const few = [2, 3, 5].flatMap(k => [SD, 0.03, 0.1].map(sd => [k, sd] as const))

  test.each(few)(
    '%i seeds with sd %f: at most 1 in 100 deviates, and 95 of 100 intervals cover the true score',
    (k, sd) => {
      for (const rows of [1, 8]) {
        const {deviating, covered} = simulated(k, {sd, cases: 1600, rows})
        expect(deviating, `${rows} rows`).toBeLessThanOrEqual(0.01 + NOISE)
        expect(covered, `${rows} rows`).toBeGreaterThanOrEqual(0.94)
      }
    },
  )

  test('a row that varies ten times as much as seven others rarely deviates, since it is an outlier of their pool', () => {
    expect(simulated(3, {sd: SD, cases: 8 * 400, rows: 8, wild: 10}).first).toBeLessThanOrEqual(0.06) // 0.09 in the pool
    expect(simulated(5, {sd: SD, cases: 8 * 400, rows: 8, wild: 10}).first).toBeLessThanOrEqual(0.03) // 0.05 in the pool
  })

  test('20 seeds: at most 1 in 100 deviates', () => {
    expect(simulated(20, {sd: SD, cases: 1600}).deviating).toBeLessThanOrEqual(0.01)
  })

  test('one seed: at most 1 in 100 deviates if seeds do not vary, but more if they do, hence the warning', () => {
    expect(simulated(1, {sd: 0, cases: 20_000}).deviating).toBeLessThanOrEqual(0.0115) // 0.01 and 2 standard errors
    expect(simulated(1, {sd: 0.02, cases: 1600}).deviating).toBeGreaterThan(0.05)
  })

  test('a difference of 5 standard errors is detected in 9 of 10 cases, with few seeds over 8 rows', () => {
    for (const [k, rows] of [
      [3, 8],
      [5, 8],
      [10, 1],
    ])
      expect(simulated(k, {sd: SD, cases: 480, shift: -5, rows}).deviating, `${k} seeds`).toBeGreaterThanOrEqual(0.9)
  })
})
