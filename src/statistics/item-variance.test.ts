import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {itemVariance} from './item-variance.ts'
import {variance} from './mean-variance.ts'

test('the sampling variance of accuracy is p (1 − p) / n, and not 0 at 100 %', () => {
  expect(itemVariance(0.4, 1000)).toBeCloseTo(0.24 / 1000, 5)
  expect(itemVariance(1, 100)).toBeGreaterThan(1e-4)
})

test('the sampling variance of Matthews’ and Pearson’s correlations is that of simulated test sets', () => {
  const draws = random(7, 'correlations')
  const matthews = sample(() => {
    const table = [0, 0, 0, 0]
    for (let i = 0; i < 1043; i++) {
      const truth = draws.uniform() < 721 / 1043 ? 1 : 0
      const wrong = truth ? 0.09 : 0.09 * (721 / 322) // as often positive as the truth
      table[2 * truth + (draws.uniform() < wrong ? 1 - truth : truth)]++
    }
    return phi(table)
  })
  expect(itemVariance(matthews.mean, 1043, 'matthews') / matthews.variance).toBeCloseTo(1, 0.5)
  const pearson = sample(() => {
    const pairs = Array.from({length: 1500}, () => {
      const x = draws.normal()
      return [x, 0.9 * x + Math.sqrt(0.19) * draws.normal()]
    })
    return correlation(pairs)
  })
  expect(itemVariance(pearson.mean, 1500, 'pearson') / pearson.variance).toBeCloseTo(1, 0.5)
})

function sample(draw: () => number) {
  const values = Array.from({length: 400}, draw)
  return {mean: values.reduce((a, b) => a + b) / values.length, variance: variance(values)!}
}

const phi = ([tn, fp, fn, tp]: readonly number[]) =>
  (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))

function correlation(pairs: readonly (readonly number[])[]): number {
  const [mx, my] = [0, 1].map(side => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length)
  const sum = (f: (x: number, y: number) => number) => pairs.reduce((all, [x, y]) => all + f(x - mx, y - my), 0)
  return sum((x, y) => x * y) / Math.sqrt(sum(x => x * x) * sum((_, y) => y * y))
}
