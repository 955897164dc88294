import {expect, test} from 'vitest'
import {pearson, pseudoValues} from '../evaluate/metrics.ts'
import {type Random, random} from '../tensor/random.ts'
import {comparePairs, mcnemar, type ScoredMethod} from './compare.ts'
import {holm} from './holm.ts'
import {itemVariance} from './item-variance.ts'
import {mean} from './mean-variance.ts'

test('McNemar’s exact p-value is binomial', () => {
  expect(mcnemar(0, 5)).toBeCloseTo(2 / 32, 12)
  expect(mcnemar(10, 2)).toBeCloseTo((2 * (1 + 12 + 66)) / 4096, 12)
  expect(mcnemar(3, 3)).toBe(1)
  expect(mcnemar(4, 3)).toBe(1)
  expect(mcnemar(0, 0)).toBe(1)
  expect(mcnemar(900, 100)).toBeLessThan(1e-100)
})

test('Holm’s correction multiplies each p-value by the number of hypotheses that remain', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
  expect(holm([0.5, 0.9])).toEqual([1, 1])
  expect(holm([])).toEqual([])
})

/** A method whose runs get each item right by its difficulty, better by `skill`, each seed with a deviation of its own. */
function contender(draws: Random, {difficulty, skill, seeds, sd}: Simulated): ScoredMethod {
  const answered = Array.from({length: seeds}, () => {
    const deviation = sd * draws.normal()
    return Uint8Array.from(difficulty, hard => (draws.uniform() < hard + skill + deviation ? 1 : 0))
  })
  const scores = answered.map(right => mean([...right]))
  return {
    measured: {scores, itemVariance: itemVariance(mean(scores), difficulty.length), n: difficulty.length},
    items: answered,
  }
}

interface Simulated {
  readonly difficulty: Float64Array
  readonly skill: number
  readonly seeds: number
  readonly sd: number
}

/** Items of three difficulties, as probabilities of a right answer. */
const difficulties = (n: number, draws: Random) => Float64Array.from({length: n}, () => [0.1, 0.5, 0.85][draws.int(3)])

test('equal methods rarely differ significantly after Holm’s correction, and better ones do', () => {
  for (const seeds of [1, 3]) {
    let [falselyDifferent, detected] = [0, 0]
    for (let i = 0; i < 40; i++) {
      const draws = random(5, `${seeds} ${i}`)
      const difficulty = difficulties(300, draws)
      const of = (skill: number) => contender(draws, {difficulty, skill, seeds, sd: seeds === 1 ? 0 : 0.015})
      const pairs = comparePairs([of(0), of(0), of(0), of(0.14)])
      const isFound = (a: number, b: number) => pairs.some(pair => pair.a === a && pair.b === b && pair.holm < 0.05)
      falselyDifferent += isFound(0, 1) || isFound(0, 2) || isFound(1, 2) ? 1 : 0
      detected += isFound(0, 3) ? 1 : 0
    }
    expect(falselyDifferent, `${seeds} seeds`).toBeLessThanOrEqual(5) // 5 % of 40 is 2
    expect(detected, `${seeds} seeds`).toBeGreaterThanOrEqual(34)
  }
})

test('without the items of both methods the comparison is unpaired and has a wider interval', () => {
  const draws = random(9)
  const difficulty = difficulties(1000, draws)
  const [a, b] = [0, 0.04].map(skill => contender(draws, {difficulty, skill, seeds: 1, sd: 0}))
  const [paired] = comparePairs([a, b])
  expect(paired.test).toBe('McNemar, one seed each')
  const [unpaired] = comparePairs([a, {measured: b.measured}])
  expect(unpaired.test).toBe('unpaired')
  expect(unpaired.difference).toBe(paired.difference)
  expect(unpaired.error).toBeGreaterThan(paired.error)
  const three = contender(draws, {difficulty, skill: 0, seeds: 3, sd: 0.01})
  expect(comparePairs([a, three])[0].test).toBe('paired by items')
})

test('the seeds of other methods tell how two runs of one seed each may vary, and a model that trains nothing does not', () => {
  const draws = random(12)
  const difficulty = difficulties(500, draws)
  const one = (skill: number) => contender(draws, {difficulty, skill, seeds: 1, sd: 0})
  const [a, b] = [one(0), one(0.1)]
  const others = [0, 0].map(skill => contender(draws, {difficulty, skill, seeds: 3, sd: 0.1}))
  const [alone] = comparePairs([a, b])
  const [among] = comparePairs([a, b, ...others])
  const [untrained] = comparePairs([{...a, isUntrained: true}, b, ...others])
  const [both] = comparePairs([a, b, ...others].map(method => ({...method, isUntrained: true})))
  expect([alone.test, among.test]).toEqual(['McNemar, one seed each', 'paired by items'])
  expect(among.error).toBeGreaterThan(2 * alone.error)
  expect(untrained.error).toBeLessThan(0.8 * among.error) // one run's seeds vary, not two's
  expect(untrained.error).toBeGreaterThan(alone.error)
  expect(both).toMatchObject({error: alone.error, p: alone.p})
})

test('the seeds of a model that trains nothing change no comparison', () => {
  const draws = random(13)
  const difficulty = difficulties(300, draws)
  const of = (seeds: number) => contender(draws, {difficulty, skill: 0, seeds, sd: 0.05})
  const [a, b, {measured, items = []}] = [of(3), of(1), of(1)]
  const untrained = (seeds: number): ScoredMethod => ({
    measured: {...measured, scores: Array.from({length: seeds}, () => measured.scores[0])},
    items: Array.from({length: seeds}, () => items[0]),
    isUntrained: true,
  })
  const [{error, p}] = comparePairs([a, b])
  const [among] = comparePairs([a, b, untrained(5)])
  expect(among).toMatchObject({error, p})
  const [[once], [often]] = [comparePairs([a, untrained(1)]), comparePairs([a, untrained(5)])]
  expect(often).toMatchObject({error: once.error, p: once.p})
})

test('seeds with equal scores do not hide the noise of their items', () => {
  const right = (text: string) => Uint8Array.from(text, sign => (sign === '+' ? 1 : 0))
  const method = (...seeds: string[]): ScoredMethod => {
    const items = seeds.map(right)
    return {measured: {scores: items.map(one => mean([...one])), itemVariance: 0.02}, items}
  }
  const [tied] = comparePairs([method('+++++-----', '-----+++++'), method('++++++----', '----++++++')])
  expect(tied).toMatchObject({difference: expect.closeTo(-0.1, 9), test: 'paired by items'})
  expect(tied.p).toBeGreaterThan(0.1)
})

test('one or two items do not make a difference significant', () => {
  const method = (...seeds: readonly (readonly number[])[]): ScoredMethod => {
    const scores = seeds.map(mean)
    const n = seeds[0].length
    return {
      measured: {scores, itemVariance: itemVariance(mean(scores), n), n},
      items: seeds.map(right => Uint8Array.from(right)),
    }
  }
  const compared = (a: ScoredMethod, b: ScoredMethod) => comparePairs([a, b])[0]
  const pairs = [
    compared(method([1]), method([0])),
    compared(method([1, 1]), method([0, 0])),
    compared(method([1, 1], [1, 1]), method([0, 0])),
  ]
  expect(compared(method([1, 0], [0, 1]), method([0, 0]))).toBeUndefined()
  const equal = 'McNemar, seeds with equal answers'
  expect(pairs.map(({test}) => test)).toEqual(['McNemar, one seed each', 'McNemar, one seed each', equal])
  for (const {p, error} of pairs) {
    expect(p).toBeGreaterThan(0.1)
    expect(error).toBeGreaterThan(0.5)
  }
  const texts = (...scores: number[]): ScoredMethod => ({
    measured: {scores: [mean(scores)], itemVariance: undefined},
    items: [Float64Array.from(scores)],
  })
  const [few] = comparePairs([texts(0.5, 0.6, 0.7), texts(0.4, 0.48, 0.56)])
  expect(few).toMatchObject({test: 'paired by items', p: expect.closeTo(0.009, 3)}) // Student’s t = 10.4 with 2 degrees
})

test('equal answers to a few items do not show that the methods are equal', () => {
  const method = (n: number, wrong: number): ScoredMethod => {
    const right = Uint8Array.from({length: n}, (_, i) => Number(i >= wrong))
    return {measured: {scores: [mean([...right])], itemVariance: itemVariance(mean([...right]), n), n}, items: [right]}
  }
  const errorOf = (n: number, a: number, b: number) => comparePairs([method(n, a), method(n, b)])[0].error
  expect(errorOf(30, 5, 5)).toBeCloseTo(1.96 / 32, 12)
  expect(errorOf(1000, 5, 5)).toBeCloseTo(1.96 / 1002, 12)
  expect(errorOf(100, 0, 1)).toBeCloseTo(1.96 * Math.sqrt((2 - 1 / 102) / 102 ** 2), 12)
  expect(errorOf(1000, 100, 200) / (1.96 * Math.sqrt((0.1 - 0.1 ** 2) / 1000))).toBeCloseTo(1, 2) // many flips: no change
})

test('95 % intervals contain a difference that few items show', () => {
  const [trials, n, share] = [400, 100, 0.01] // 37 of 100 test sets show no difference
  const draws = random(4, 'few flips')
  const itemsOf = (right: Uint8Array): ScoredMethod => ({
    measured: {scores: [mean([...right])], itemVariance: itemVariance(mean([...right]), n), n},
    items: [right],
  })
  let missed = 0
  for (let i = 0; i < trials; i++) {
    const flipped = Uint8Array.from({length: n}, () => Number(draws.uniform() >= share))
    const [{difference, error}] = comparePairs([itemsOf(new Uint8Array(n).fill(1)), itemsOf(flipped)])
    missed += Math.abs(difference - share) > error ? 1 : 0
  }
  expect(missed / trials).toBeLessThan(0.08)
})

test('methods with equal scores do not differ, whatever their numbers of seeds', () => {
  const score = 279 / 408
  const right = Uint8Array.from({length: 408}, (_, i) => (i < 279 ? 1 : 0))
  const method = (seeds: number): ScoredMethod => ({
    measured: {scores: Array.from({length: seeds}, () => score), itemVariance: itemVariance(score, 408), n: 408},
    items: Array.from({length: seeds}, () => right),
  })
  for (const [a, b] of [
    [3, 2],
    [3, 1],
    [6, 3],
  ])
    expect(comparePairs([method(a), method(b)])[0], `${a} ${b}`).toMatchObject({difference: 0, p: 1})
})

test('95 % intervals of a difference miss it in 5 % of trials', () => {
  for (const {seeds, others, sd} of [
    {seeds: 3, others: 3, sd: 0},
    {seeds: 5, others: 5, sd: 0.02},
    {seeds: 1, others: 3, sd: 0.02},
  ]) {
    let missed = 0
    for (let i = 0; i < TRIALS; i++) {
      const draws = random(8, `${seeds} ${i}`)
      const difficulty = difficulties(200, draws)
      const of = (seeds: number) => contender(draws, {difficulty, skill: 0, seeds, sd})
      const [{difference, error}] = comparePairs([of(seeds), of(seeds), ...Array.from({length: 4}, () => of(others))])
      missed += Math.abs(difference) > error ? 1 : 0
    }
    expect(missed / TRIALS, `${seeds} seeds`).toBeGreaterThan(0.01)
    expect(missed / TRIALS, `${seeds} seeds`).toBeLessThan(0.08)
  }
})

const TRIALS = 300

test('two methods that are scored by a correlation are compared on the same items', () => {
  const draws = random(6, 'correlation')
  const labels = Array.from({length: 1000}, draws.normal)
  const shared = labels.map(() => draws.normal())
  const method = (noise: number, seeds: number): ScoredMethod => {
    const runs = Array.from({length: seeds}, () =>
      labels.map((label, i) => label + 0.7 * shared[i] + noise * draws.normal()),
    )
    const scores = runs.map(predictions => pearson(predictions, labels))
    return {
      measured: {scores, itemVariance: itemVariance(mean(scores), labels.length, 'pearson')},
      items: runs.map(predictions => pseudoValues('pearson', predictions, labels)),
    }
  }
  for (const seeds of [1, 3]) {
    const [a, b] = [method(0.1, seeds), method(0.25, seeds)]
    const [paired] = comparePairs([a, b])
    const [unpaired] = comparePairs([a, {measured: b.measured}])
    expect(paired).toMatchObject({test: 'paired by items', difference: unpaired.difference})
    expect(paired.error, `${seeds} seeds`).toBeLessThan(0.75 * unpaired.error)
    expect(paired.difference).toBeGreaterThan(0)
  }
})
