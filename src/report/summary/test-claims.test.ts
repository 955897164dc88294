import {expect, test} from 'vitest'
import {paperRows} from '../../../test/support/paper-rows.ts'
import {entriesOf, exampleRow} from '../../../test/support/rows.ts'
import {METHODS_BY_NAME} from '../../adapters/index.ts'
import {sum} from '../../base/collections.ts'
import {paperRow} from '../../paper/versions.ts'
import type {Row} from '../../results/row.ts'
import {PAIR_ALPHA} from '../../statistics/compare.ts'
import {itemVariance} from '../../statistics/item-variance.ts'
import {buildEntries} from '../entries.ts'
import {runsOfRows} from '../row-setups.ts'
import {CLAIMS, type ComparisonClaim} from './claims.ts'
import {testClaims} from './test-claims.ts'

const PLAIN = {recipe: 'gsm8k/x/plain', method: 'svft', settings: 'plain', params: 100}
const BANDED = {recipe: 'gsm8k/x/banded', method: 'svft', settings: 'banded d=8', params: 1700}
const LORA = {recipe: 'gsm8k/x/lora', method: 'lora', settings: 'r=1 α=2', params: 200}

/** Rows of one recipe, a seed each, scored on 1,000 items. */
const scored = (changes: Partial<Row>, scores: readonly number[], column = 'test'): Row[] =>
  scores.map((score, seed) => exampleRow({...changes, seed, scores: {[column]: {score, n: 1000}}}))

const verdictOf = (name: string, rows: readonly Row[]) => {
  const found = testClaims(entriesOf(rows)).find(({claim}) => claim.name === name)
  return {verdict: found?.verdict, isOpposite: found?.test?.isOpposite}
}

test('a claim is supported, not supported, or has its opposite, by a test of the difference', () => {
  const banded = (...scores: number[]) => [...scored(PLAIN, [0.5, 0.51, 0.49]), ...scored(BANDED, scores)]
  expect(verdictOf('banded-plain', banded(0.6, 0.61, 0.59))).toEqual({verdict: 'supported', isOpposite: false})
  expect(verdictOf('banded-plain', banded(0.51, 0.52, 0.5))).toEqual({verdict: 'not supported', isOpposite: false})
  expect(verdictOf('banded-plain', banded(0.4, 0.41, 0.39))).toEqual({verdict: 'not supported', isOpposite: true})
  expect(verdictOf('banded-plain', scored(PLAIN, [0.5]))).toEqual({verdict: 'not tested', isOpposite: undefined})
})

test('a suite is for a claim, or against it, if the interval of its difference excludes the null hypothesis', () => {
  const shown = (score: number) => {
    const rows = [...scored(PLAIN, [0.5, 0.51, 0.49]), ...scored(BANDED, [score, score + 0.01, score - 0.01])]
    const found = testClaims(entriesOf(rows)).find(({claim}) => claim.name === 'banded-plain')
    return found?.suites.map(({shows}) => shows)
  }
  expect([0.6, 0.51, 0.49, 0.4].map(shown)).toEqual([['for'], [undefined], [undefined], ['against']])
})

test('to match takes a difference that is significantly above −2 points, which a few items cannot show', () => {
  const against = (plain: number, n: number) =>
    [...scored(PLAIN, [plain, plain]), ...scored(LORA, [0.5, 0.5])].map(row => ({
      ...row,
      scores: {test: {score: row.scores.test.score, n}},
    }))
  expect(verdictOf('plain-lora', against(0.5, 1000)).verdict).toBe('not supported')
  expect(verdictOf('plain-lora', against(0.5, 20_000)).verdict).toBe('supported')
  expect(verdictOf('plain-lora', against(0.44, 20_000))).toEqual({verdict: 'not supported', isOpposite: true})
})

test('two methods are equal if the difference is significantly within 2 points on both sides', () => {
  const svf = {recipe: 'gsm8k/x/svf', method: 'svf', settings: '', params: 100}
  const beside = (score: number) =>
    [...scored(PLAIN, [0.5, 0.5]), ...scored(svf, [score, score])].map(row => ({
      ...row,
      scores: {test: {score: row.scores.test.score, n: 20_000}},
    }))
  expect(verdictOf('svf-plain', beside(0.5)).verdict).toBe('supported')
  expect(verdictOf('svf-plain', beside(0.515))).toEqual({verdict: 'not supported', isOpposite: false})
  for (const far of [0.45, 0.55])
    expect(verdictOf('svf-plain', beside(far))).toEqual({verdict: 'not supported', isOpposite: true})
})

test('methods are compared only if they train fewer parameters, or as many, as the claim requires', () => {
  const rows = (params: number) => [...scored(PLAIN, [0.5]), ...scored({...LORA, params}, [0.5])]
  expect(verdictOf('plain-lora', rows(200)).verdict).not.toBe('not tested')
  expect(verdictOf('plain-lora', rows(100)).verdict).toBe('not tested')
  const random = {...BANDED, recipe: 'gsm8k/x/random', settings: 'random d=8'}
  const patterns = (params: number) => [...scored(BANDED, [0.5]), ...scored({...random, params}, [0.5])]
  expect(verdictOf('banded-random', patterns(1700)).verdict).not.toBe('not tested')
  expect(verdictOf('banded-random', patterns(900)).verdict).toBe('not tested')
  const vera = (params: number) => [
    ...scored(PLAIN, [0.5]),
    ...scored({recipe: 'gsm8k/x/vera', method: 'vera', settings: 'r=64', params}, [0.5]),
  ]
  for (const params of [25, 100, 400]) expect(verdictOf('plain-vera', vera(params)).verdict).not.toBe('not tested')
  for (const params of [24, 401]) expect(verdictOf('plain-vera', vera(params)).verdict).toBe('not tested')
})

test('LoRA of high rank has a rank of 8 or more', () => {
  const ranked = (settings: string) => [...scored(BANDED, [0.5]), ...scored({...LORA, settings, params: 9000}, [0.5])]
  expect(verdictOf('banded-lora', ranked('r=4 α=8')).verdict).toBe('not tested')
  expect(verdictOf('banded-lora', ranked('r=16 α=32')).verdict).not.toBe('not tested')
})

test('the statistic is the mean over suites, each the mean over its test files, of the largest methods without overrides', () => {
  const suite = (name: string, shift: number) =>
    [PLAIN, BANDED, {...BANDED, recipe: 'gsm8k/x/d2', settings: 'banded d=2', params: 500}].flatMap(method =>
      [0, 1].map(seed =>
        exampleRow({
          ...method,
          recipe: method.recipe.replace('gsm8k/x', name),
          seed,
          scores: {
            one: {score: method === BANDED ? 0.5 + shift : 0.5, n: 100},
            two: {score: method === BANDED ? 0.6 + 3 * shift : 0.6, n: 300},
          },
        }),
      ),
    )
  const swept = suite('a/x', 0.4).map(row => ({...row, set: 'train.lr=1'}))
  const claims = testClaims(entriesOf([...suite('a/x', 0.02), ...suite('b/x', 0.06), ...swept]))
  const {test: found, suites} = claims.find(({claim}) => claim.name === 'banded-plain') ?? {}
  expect(suites).toMatchObject([
    {suite: 'a/x', side: {label: 'SVFT banded d=8', params: 1700, seeds: 2}, columns: ['one', 'two'], n: 400},
    {suite: 'b/x', other: {label: 'SVFT plain', params: 100}},
  ])
  expect(suites?.[0].difference).toBeCloseTo(0.04, 9)
  const errors = [itemVariance(0.52, 100), itemVariance(0.66, 300), itemVariance(0.5, 100), itemVariance(0.6, 300)]
  expect((suites?.[0].high ?? 0) - 0.04).toBeCloseTo(1.96 * Math.sqrt(sum(errors) / 4), 4) // the variance of a mean of two
  expect(found?.difference).toBeCloseTo((0.04 + 0.12) / 2, 9)
  expect(found?.runs).toBe(8)
  expect((found?.low ?? 0) + (found?.high ?? 0)).toBeCloseTo(0.16, 9)
})

test('suites disagree if the mean is significant and one of them shows the contrary', () => {
  const verdictOfAll = (...differences: number[]) => {
    const rows = differences.flatMap((difference, i) =>
      [...scored(PLAIN, [0.5, 0.51]), ...scored(BANDED, [0.5 + difference, 0.51 + difference])].map(row => ({
        ...row,
        recipe: row.recipe.replace('gsm8k', `suite${i}`),
      })),
    )
    return verdictOf('banded-plain', rows)
  }
  expect(verdictOfAll(0.3, 0, -0.02)).toEqual({verdict: 'supported', isOpposite: false})
  expect(verdictOfAll(0.3, 0, -0.3)).toEqual({verdict: 'not supported', isOpposite: false})
  expect(verdictOfAll(0.4, 0.2, -0.2)).toEqual({verdict: 'suites disagree', isOpposite: false})
  expect(verdictOfAll(0.4, 0.2, -0.06)).toEqual({verdict: 'supported', isOpposite: false}) // p = 0.03, at a level of 0.05 / 3
  expect(verdictOfAll(-0.4, -0.2, 0.2)).toEqual({verdict: 'suites disagree', isOpposite: false})
  expect(verdictOfAll(-0.4, -0.2, 0.02)).toEqual({verdict: 'not supported', isOpposite: true})
})

test('a measured standard error widens the interval of a difference', () => {
  const measured = (se?: number) =>
    [...scored(PLAIN, [0.4, 0.4]), ...scored(BANDED, [0.5, 0.5])].map(row => ({
      ...row,
      scores: {test: {score: row.scores.test.score, n: 1000, metric: 'macro-f1' as const, se}},
    }))
  const widthOf = (rows: readonly Row[]) => {
    const {test} = testClaims(entriesOf(rows)).find(({claim}) => claim.name === 'banded-plain') ?? {}
    return (test?.high ?? Number.NaN) - (test?.low ?? Number.NaN)
  }
  expect(widthOf(measured())).toBeNaN() // no test without it
  expect(widthOf(measured(0.1))).toBeCloseTo(2 * 1.96 * Math.hypot(0.1, 0.1), 2)
  expect(widthOf(measured(0.01))).toBeCloseTo(2 * 1.96 * Math.hypot(0.01, 0.01), 3)
})

test('tuned recipes of one’s own count once with those that they tune, also without a folder', () => {
  const rows = ['', 'tuned/'].flatMap(folder => [
    ...scored({...PLAIN, recipe: `${folder}plain`}, [0.4, 0.4]),
    ...scored({...BANDED, recipe: `${folder}banded`}, folder ? [0.5, 0.5] : [0.6, 0.6]),
  ])
  const {suites} = testClaims(entriesOf(rows)).find(({claim}) => claim.name === 'banded-plain') ?? {}
  expect(suites).toMatchObject([{suite: 'tuned', side: {recipe: 'tuned/banded'}}])
})

test('the variance between seeds is pooled over trained methods: equal scores of the base model do not narrow a difference', () => {
  const widthOf = (rows: readonly Row[]) => {
    const {test} = testClaims(entriesOf(rows)).find(({claim}) => claim.name === 'banded-plain') ?? {}
    return (test?.high ?? Number.NaN) - (test?.low ?? Number.NaN)
  }
  const trained = [...scored(PLAIN, [0.4, 0.5]), ...scored(BANDED, [0.5])]
  const base = scored({...PLAIN, recipe: 'gsm8k/x/base', method: 'none', settings: '', params: 0, steps: 0}, [0.1, 0.1])
  expect(widthOf([...trained, ...base])).toBe(widthOf(trained))
})

test('perplexities are about no claim', () => {
  const perplexities = [...scored(PLAIN, [0.4, 0.4]), ...scored(BANDED, [0.5, 0.5])].map(row => ({
    ...row,
    scores: {test: {...row.scores.test, metric: 'inverse-perplexity' as const, se: 0.01}},
  }))
  expect(verdictOf('banded-plain', perplexities).verdict).toBe('not tested')
})

test('a share of the other score is compared with: 96 % of full fine-tuning', () => {
  const rows = [
    ...scored({...BANDED, settings: 'random d=8'}, [0.6, 0.6]),
    ...scored({recipe: 'gsm8k/x/full', method: 'full', settings: '', params: 9000}, [0.625, 0.625]),
  ]
  const found = testClaims(entriesOf(rows)).find(({claim}) => claim.name === 'random-full')
  expect(found?.test?.difference).toBeCloseTo(0, 9)
  const variance = itemVariance(0.6, 1000) + 0.96 ** 2 * itemVariance(0.625, 1000)
  expect(found?.test?.high).toBeCloseTo(1.96 * Math.sqrt(variance), 4)
  const elsewhere = rows.map(row => ({...row, recipe: row.recipe.replace('gsm8k', 'glue')}))
  expect(verdictOf('random-full', elsewhere).verdict).toBe('not tested')
})

test('the level of 5 % holds for all tested claims together', () => {
  const rows = [...scored(PLAIN, [0.5, 0.52]), ...scored(BANDED, [0.65, 0.67]), ...scored(LORA, [0.5, 0.51])]
  const tested = testClaims(entriesOf(rows)).flatMap(({test}) => test ?? [])
  expect(tested.length).toBe(2)
  const [smaller, larger] = tested.toSorted((a, b) => a.p - b.p)
  expect(smaller.holm).toBeCloseTo(Math.min(1, 2 * smaller.p), 12)
  expect(larger.holm).toBeCloseTo(Math.max(larger.p, smaller.holm), 12)
  expect(smaller.p).toBeLessThan(PAIR_ALPHA)
})

test('runs of everything that the paper prints, with its scores, have the verdicts that its tables show', () => {
  const rows = paperRows([0, 1, 2], {points: true}).map(row => ({
    ...row,
    recipe: row.recipe.replace(/^table-1\//, 'gsm8k/'),
  }))
  const verdicts = Object.fromEntries(testClaims(entriesOf(rows)).map(({claim, verdict}) => [claim.name, verdict]))
  expect(verdicts).toMatchObject({
    'plain-vera': 'supported',
    'banded-plain': 'supported',
    'banded-random': 'not supported', // table 5 of arXiv v1: only Gemma-2B
    'random-full': 'supported', // on Gemma-2B not, on both larger models by far
    truncation: 'supported',
    checkpoints: 'supported',
    'svf-plain': 'not tested',
  })
})

test('a suite and its tuned recipes have the same items and count once, the tuned ones first', () => {
  const tuned = (row: Row): Row => ({...row, recipe: `tuned/${row.recipe}`})
  const untuned = [...scored(PLAIN, [0.5, 0.51]), ...scored(BANDED, [0.6, 0.61])]
  const suitesOf = (rows: readonly Row[], name = 'banded-plain') =>
    testClaims(entriesOf(rows))
      .find(({claim}) => claim.name === name)
      ?.suites.map(({suite, difference}) => [suite, Number(difference.toFixed(3))])
  const both = [...untuned, ...[...scored(PLAIN, [0.7, 0.71]), ...scored(BANDED, [0.72, 0.73])].map(tuned)]
  expect(suitesOf(both)).toEqual([['tuned/gsm8k/x', 0.02]])
  expect(suitesOf([...untuned, ...scored(BANDED, [0.9, 0.9]).map(tuned)])).toEqual([['gsm8k/x', 0.1]])
  const random = {...BANDED, recipe: 'gsm8k/x/random', settings: 'random d=8'}
  const full = {recipe: 'gsm8k/x/full', method: 'full', settings: '', params: 9000}
  expect(suitesOf([...scored(random, [0.6]), ...scored(full, [0.5])].map(tuned), 'random-full')).toEqual([
    ['tuned/gsm8k/x', 0.12],
  ])
})

test('validation is not a test file', () => {
  const withValidation = (row: Row): Row => ({...row, scores: {validation: {score: 0.1, n: 1000}, ...row.scores}})
  const rows = [...scored(PLAIN, [0.5, 0.51]), ...scored(BANDED, [0.6, 0.61])].map(withValidation)
  const [part] = testClaims(entriesOf(rows)).find(({claim}) => claim.name === 'banded-plain')?.suites ?? []
  expect([part.columns, part.n]).toEqual([['test'], 1000])
  expect(part.difference).toBeCloseTo(0.1, 9)
})

test('sides with different metrics or items are not compared', () => {
  const rows = [...scored(PLAIN, [0.5, 0.51]), ...scored(BANDED, [0.6, 0.61])]
  const f1 = rows.map(row =>
    row.settings === 'plain' ? row : {...row, scores: {test: {...row.scores.test, metric: 'macro-f1' as const}}},
  )
  expect(verdictOf('banded-plain', rows).verdict).not.toBe('not tested')
  expect(verdictOf('banded-plain', f1).verdict).toBe('not tested')
  const withHash = (hashes: readonly string[]) => {
    const items = rows.map(row => ({
      row,
      column: 'test',
      items: Uint8Array.of(1),
      hashes: new Map([['answers', row.settings === 'plain' ? hashes[0] : hashes[1]]] as const),
    }))
    const {entries} = buildEntries(runsOfRows(rows), {itemResults: items})
    return testClaims(entries).find(({claim}) => claim.name === 'banded-plain')?.verdict
  }
  expect(withHash(['1', '1'])).not.toBe('not tested')
  expect(withHash(['1', '2'])).toBe('not tested')
})

test('every claim names methods of svft and rows that the paper prints', () => {
  const sides = CLAIMS.flatMap(({side, other}: ComparisonClaim) => [side, other])
  for (const {method, cell} of sides) {
    expect(Object.keys(METHODS_BY_NAME)).toContain(method)
    if (cell !== undefined && !cell.startsWith('f')) expect(paperRow(cell), cell).toBeDefined()
  }
  const names = CLAIMS.map(({name}) => name)
  expect(new Set(names).size).toBe(names.length)
})
