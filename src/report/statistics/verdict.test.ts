import {describe, expect, test} from 'vitest'
import {random} from '../../tensor/random.ts'
import {estimate} from './estimate.ts'
import {itemVariance} from './items.ts'
import {mean} from './sample.ts'
import {judge} from './verdict.ts'

const N = 1319
const TRUTH = 0.45
/** Of seeds; together with the items' luck a single run varies by 1.57 points. */
const SD = 0.008

const measured = (scores: readonly number[]) => ({scores, itemVariance: itemVariance(mean(scores), N), n: N})
const printed = (score: number) => ({score, itemVariance: itemVariance(score, N)})

test('a difference within the luck of items and seeds is no deviation, a large one is, by its sign', () => {
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

/**
 * Simulated papers and reproductions. Runs of one side answer the same items: 60 % of the luck of items is theirs in
 * common, the rest each run's own. The paper's items are other ones, which is the worst case.
 */
describe('calibration', () => {
  const luck = (TRUTH * (1 - TRUTH)) / N
  const [common, own] = [0.6 * luck, 0.4 * luck]

  function deviating(k: number, shift: number, {sd, cases}: {readonly sd: number; readonly cases: number}): number {
    const draws = random(11, `${k} ${shift}`)
    const side = (runs: number, truth: number) => {
      const items = truth + Math.sqrt(common) * draws.normal()
      return Array.from({length: runs}, () => items + Math.sqrt(own + sd ** 2) * draws.normal())
    }
    let found = 0
    for (let i = 0; i < cases; i++) {
      const judged = judge(printed(side(1, TRUTH)[0]), measured(side(k, TRUTH + shift)))
      found += judged.verdict === 'deviates' ? 1 : 0
    }
    return found / cases
  }

  test('where nothing differs at most 1 in 100 deviates', () => {
    for (const k of [3, 5, 20]) expect(deviating(k, 0, {sd: SD, cases: 2000}), `${k} seeds`).toBeLessThanOrEqual(0.01)
  })

  test('one seed keeps to that where seeds have no luck of their own, and not where they have: hence the warning', () => {
    expect(deviating(1, 0, {sd: 0, cases: 20_000})).toBeLessThanOrEqual(0.0115) // 0.01 and 2 standard errors
    expect(deviating(1, 0, {sd: 0.02, cases: 2000})).toBeGreaterThan(0.05)
  })

  test('what lies 5 standard errors of the difference below is found in 9 of 10 cases', () => {
    const error = Math.sqrt(2 * common + (own + SD ** 2) * (1 + 1 / 5))
    expect(deviating(5, -5 * error, {sd: SD, cases: 500})).toBeGreaterThanOrEqual(0.9)
  })
})
