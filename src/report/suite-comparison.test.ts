import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../test/support/rows.ts'
import type {Row} from '../results/row.ts'
import {buildEntries} from './entries.ts'
import type {ItemResults} from './item-results.ts'
import {compareColumn, isSignificantlyBetter} from './suite-comparison.ts'

/** Seeds of a recipe, each with its items as characters: `+` is correct. */
function ran(recipe: string, seeds: readonly string[]) {
  const answers = seeds.map((text, seed): ItemResults => {
    const right = Uint8Array.from(text, one => Number(one === '+'))
    const share = right.reduce((sum, one) => sum + one, 0) / right.length
    const row = exampleRow({recipe, seed, scores: {test: {score: share, n: right.length}}})
    return {row, column: 'test', items: right}
  })
  return {answers, runs: answers.map(({row}) => ({row, setup: ''}))}
}

function compared(...all: readonly ReturnType<typeof ran>[]) {
  const {entries} = buildEntries(all.flatMap(({runs}) => runs))
  const answers = all.flatMap(({answers}) => answers)
  return compareColumn(entries, {column: 'test', itemResults: answers}).pairs
}

test('a method with fewer items is compared by its scores alone, and the others by their items', () => {
  for (const seeds of [1, 2]) {
    const of = (text: string) => Array.from({length: seeds}, () => text)
    const [first, second] = [ran('s/a', of('+-+-+-+-'.repeat(10))), ran('s/b', of('++++--++'.repeat(10)))]
    const few = ran('s/few', of('+-'.repeat(10)))
    const [ab, aFew, bFew] = compared(first, second, few)
    expect(ab).toMatchObject({test: seeds === 1 ? 'McNemar, one seed each' : 'McNemar, seeds with equal answers'})
    for (const pair of [aFew, bFew]) expect(pair.test).toBe('unpaired')
    expect(aFew.p).toBeCloseTo(1, 6) // both have half of theirs right
    expect(compared(few, first)[0].p).toBeCloseTo(1, 6)
  }
})

test('predictions that lack items of their row are not compared', () => {
  const whole = ['+-+-+-+-', '++++--++'].map((text, i) => ran(`s/${i}`, [text]))
  const cut = whole.map(one => ({...one, answers: one.answers.map(own => ({...own, items: own.items.slice(1)}))}))
  expect(compared(...whole)[0].test).toBe('McNemar, one seed each')
  expect(compared(...cut)[0].test).toBe('unpaired')
})

test('the items of a recipe that was run in two setups are those of the run that counts', () => {
  const [earlier, counted, other] = ['++++----', '--++++++', '+-------'].map((text, i) =>
    ran(i === 2 ? 's/b' : 's/a', [text.repeat(5)]),
  )
  const again = {...earlier.runs[0].row, finished: '2026-11-23T18:00:00.000Z'}
  const twice = {
    answers: [{...earlier.answers[0], row: again}, ...counted.answers],
    runs: [{row: again, setup: 'another'}, ...counted.runs],
  }
  expect(compared(twice, other)).toEqual(compared(counted, other))
  expect(compared(counted, other)[0].p).not.toBe(compared(earlier, other)[0].p)
})

test('seeds of a row that trained nothing are not in the pool, so its equal scores make no difference significant', () => {
  const scored = (recipe: string, scores: readonly number[], steps = 10) =>
    scores.map((score, seed) => exampleRow({recipe, seed, steps, scores: {test: {score, n: 500}}}))
  const trained = [...scored('s/a', [0.8, 0.84, 0.76]), ...scored('s/b', [0.74]), ...scored('s/c', [0.65])]
  const pairsOf = (rows: readonly Row[]) => compareColumn(entriesOf(rows), {column: 'test'}).pairs
  const alone = pairsOf(trained)
  const beside = pairsOf([...trained, ...scored('s/untrained', [0.5, 0.5, 0.5], 0)])
  for (const {a, b, p, error} of alone)
    expect(beside.find(pair => pair.a === a && pair.b === b)).toMatchObject({p, error})
  expect(alone.every(({p}) => p > 0.05)).toBe(true)
})

test('of two entries the higher is significantly better, if their p-value after Holm’s correction is below 0.05', () => {
  const pair = (a: number, b: number, [difference, holm]: readonly [number, number]) =>
    ({a, b, difference, holm, error: 0, p: 0, test: 'unpaired'}) as const
  const compared = {
    suite: 's',
    column: 'test',
    recipes: ['s/a', 's/b', 's/c', 's/d'],
    pairs: [
      pair(0, 1, [0.1, 0.01]),
      pair(0, 2, [-0.1, 0.01]),
      pair(0, 3, [0.2, 0.05]),
      pair(1, 2, [0, 0.01]),
      pair(1, 3, [Number.NaN, 0.01]),
    ],
  }
  const ordered = compared.recipes.flatMap(better => compared.recipes.map(worse => [better, worse] as const))
  expect(ordered.filter(([better, worse]) => isSignificantlyBetter(compared, better, worse))).toEqual([
    ['s/a', 's/b'],
    ['s/c', 's/a'],
  ])
})
