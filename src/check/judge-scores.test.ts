import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {scoreText} from './check-text.ts'
import {adjustedPs, judgeScores, type ScoreComparison} from './judge-scores.ts'

const stream = random(6)

/** Accuracies of 1,000 items over seeds, `shift` of their standard deviations above the mean. */
function scores(seeds: number, shift = 0): number[] {
  return Array.from({length: seeds}, () => Math.round(700 + 30 * (normal() + shift)) / 1000)
}

const normal = () => Math.sqrt(-2 * Math.log(1 - stream.uniform())) * Math.cos(2 * Math.PI * stream.uniform())

const compared = (reference: readonly number[], fresh: readonly number[], recipe = 'tiny'): ScoreComparison => ({
  recipe,
  column: 'test',
  reference,
  scores: fresh,
})

/** How often a check of 20 reference seeds and 3 new ones alarms. */
function alarms(draws: number, shift: number): number {
  let count = 0
  for (let i = 0; i < draws; i++) {
    if (adjustedPs([compared(scores(20), scores(3, shift))])[0] < 0.01) count++
  }
  return count / draws
}

test('20 reference seeds and 3 new ones: error rate 1 %, power above 90 % at −3 sd', () => {
  const draws = 6000
  const noise = 3 * Math.sqrt((0.01 * 0.99) / draws) // of counting alarms
  expect(Math.abs(alarms(draws, 0) - 0.01)).toBeLessThan(noise)
  expect(alarms(1000, -3)).toBeGreaterThan(0.9)
})

test('a check of 10 cells alarms in 1 % of all checks where nothing has changed', () => {
  const draws = 2000
  const cell = (_: unknown, i: number) => compared(scores(20), scores(3), `cell ${i}`)
  let count = 0
  for (let i = 0; i < draws; i++) {
    if (adjustedPs(Array.from({length: 10}, cell)).some(p => p < 0.01)) count++
  }
  expect(count / draws).toBeLessThan(0.01 + 3 * Math.sqrt((0.01 * 0.99) / draws))
})

test("Holm's steps: a clear fall makes room for the next, and others hold", () => {
  const reference = scores(20)
  const middle = reference.reduce((sum, score) => sum + score, 0) / 20
  const verdicts = judgeScores([
    compared(reference, [middle, middle, middle], 'a'),
    compared(reference, [0.1, 0.1, 0.1], 'b'),
    compared(reference, [0.2, 0.2, 0.2], 'c'),
  ])
  expect(verdicts.map(({verdict}) => verdict)).toEqual(['holds', 'fallen', 'fallen'])
  expect(verdicts[2].k).toBeLessThan(verdicts[1].k)
})

test('each verdict agrees with the reported bound, also if Holm ends before a low p-value', () => {
  const reference = scores(20)
  for (let i = 0; i < 60; i++) {
    const fresh = [-1.6, -1.8, -2, 0].map((shift, j) => compared(reference, scores(3, shift), `cell ${j}`))
    for (const {verdict, least, mean} of judgeScores(fresh)) expect(verdict === 'fallen').toBe(mean < least)
  }
})

test('k is the bound in standard deviations: 1.57 of 20 reference seeds and 3 new ones', () => {
  const reference = Array.from({length: 20}, (_, i) => 0.8 + (i % 2 ? 0.01 : -0.01))
  const [{k, least}] = judgeScores([compared(reference, [0.79, 0.8, 0.81])])
  expect(k).toBeCloseTo(1.57, 2)
  expect(least).toBeCloseTo(0.8 - 1.57 * 0.01026, 4)
})

test('a significantly higher mean is reported with the p-value of the rise, and is no failure', () => {
  const [risen] = judgeScores([compared(scores(20), [0.99, 0.99, 0.99])])
  expect(risen.verdict).toBe('risen')
  expect(scoreText(risen)).toContain(': significantly higher, p < 0.001; ')
  const reference = Array.from({length: 20}, (_, i) => 0.8 + (i % 2 ? 0.01 : -0.01))
  const [{p, rise}] = judgeScores([compared(reference, [0.81])])
  expect(rise).toBeCloseTo(2 * (1 - p), 9)
})

test('perplexities are named as such, in other units than points', () => {
  const [found] = judgeScores([{...compared(scores(20), scores(3)), metric: 'inverse-perplexity'}])
  expect(scoreText(found)).toMatch(
    /^test, 100 \/ perplexity: mean \d.*; a drop of \d\.\d is detected with power 0\.80 /,
  )
})

test('a fall is tested at the level of 1 %, and a rise at half of it', () => {
  const reference = Array.from({length: 20}, (_, i) => 0.8 + (i % 2 ? 0.01 : -0.01))
  const verdictAt = (shift: number) => {
    const score = 0.8 + shift * 0.01026
    return judgeScores([compared(reference, [score, score, score])])[0].verdict
  }
  expect([-1.65, 1.65, 1.8].map(verdictAt)).toEqual(['fallen', 'holds', 'risen']) // ±1.57 at 1 %, ±1.77 at 0.5 %
})

test('a score without a value has fallen; where all reference seeds agree, any fall counts and no rise alarms alone', () => {
  const same = Array.from({length: 5}, () => 0.5)
  const verdict = (reference: readonly number[], fresh: readonly number[]) =>
    judgeScores([compared(reference, fresh)])[0].verdict
  expect(verdict(scores(20), [0.7, Number.NaN])).toBe('fallen')
  expect(verdict(same, [0.5, 0.5])).toBe('holds')
  expect(verdict(same, [0.499])).toBe('fallen')
  expect(verdict(same, [0.501])).toBe('risen')
})

test('equal scores hold whatever their number of seeds, since their means do not differ in rounding', () => {
  for (let i = 0; i <= 100; i++) {
    const of = (seeds: number) => Array.from({length: seeds}, () => i / 100)
    for (const r of [5, 10, 20]) {
      for (const k of [1, 3, 5]) {
        const [{verdict, reference}] = judgeScores([compared(of(r), of(k))])
        expect([verdict, reference.sd], `${i / 100}, ${r} and ${k} seeds`).toEqual(['holds', 0])
      }
      const [{verdict}] = judgeScores([compared(of(r), [i / 100 - 0.003, i / 100 - 0.001, i / 100 + 0.004])])
      expect(verdict, `${i / 100}, scores around it`).toBe('holds')
    }
  }
})

test('power is reported for 2 and 3 standard deviations at the share of α that a comparison has', () => {
  const [alone] = judgeScores([compared(scores(20), scores(3))])
  const [among] = judgeScores(Array.from({length: 10}, (_, i) => compared(scores(20), scores(3), `cell ${i}`)))
  expect(alone.power?.two).toBeCloseTo(0.75, 1.5)
  expect(alone.power?.three).toBeGreaterThan(0.9)
  expect(among.power?.three).toBeLessThan(alone.power!.three)
  const same = compared([0.5, 0.5, 0.5, 0.5, 0.5], [0.5])
  expect(scoreText(judgeScores([same])[0])).toMatch(/: not significantly lower, p = 1\.0; any fall is significant$/)
  expect(scoreText({...alone, verdict: 'fallen', holm: 0.00996})).toContain(': SIGNIFICANTLY LOWER, p = 0.00996; ')
  expect(scoreText(alone)).toMatch(
    /^test: mean \d\d\.\d\d of 3 seeds, .* \(mean and sd of 20 reference seeds\): .*; a drop of \d\.\d pp is detected with power 0\.80 at α = 0\.01 \(2 sd with 0\.7\d, 3 sd with 0\.9\d\)$/,
  )
  expect(alone.detectable.fall).toBeCloseTo(2.11 * alone.reference.sd, 3)
  expect(among.detectable.alpha).toBe(0.001)
  expect(scoreText(judgeScores([compared(scores(20), scores(1))])[0])).toMatch(/^test: mean \d\d\.\d\d of 1 seed, /)
})
