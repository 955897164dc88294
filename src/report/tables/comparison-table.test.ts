import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../../test/support/rows.ts'
import type {Row} from '../../results/row.ts'
import type {ItemResults} from '../item-results.ts'
import {compareColumn} from '../suite-comparison.ts'
import {comparisonTable} from './comparison-table.ts'
import {suiteTable} from './suite-table.ts'

/** Rows of one recipe on 40 items. */
const ran = (recipe: string, seeds: readonly number[]) =>
  seeds.map(seed => exampleRow({recipe: `s/${recipe}`, seed, scores: {test: {score: (20 + seed) / 40, n: 40}}}))

/** Notes below the differences of three recipes, the last of which has seeds of its own. */
function notesOf(seeds: readonly number[], last: readonly number[], isAnswered: boolean): readonly string[] {
  const rows = [...ran('a', seeds), ...ran('b', seeds), ...ran('c', last)]
  const entries = entriesOf(rows)
  const answers = rows.map((row): ItemResults => {
    return {row, column: 'test', items: Uint8Array.from({length: 40}, (_, i) => Number(i < 20 + row.seed))}
  })
  return comparisonTable(entries, compareColumn(entries, {column: 'test', itemResults: isAnswered ? answers : []}))
    .notes!
}

const BLIND = 'With one seed each, the variance between seeds is not counted: other seeds may give other differences.'

test('a note states that the variance between seeds is not counted if each method has one seed', () => {
  expect(notesOf([1], [1], true)).toContain(BLIND)
  expect(notesOf([1], [1], false)).toContain(BLIND)
  expect(notesOf([1], [1, 2], true)).not.toContain(BLIND)
  expect(notesOf([1, 2], [1, 2], true)).not.toContain(BLIND)
  expect(notesOf([1], [1, 2], false)).not.toContain(BLIND)
})

test('a note states that the variance between seeds counts as 0 if no trained method has seeds that differ', () => {
  const noteOf = (...rows: readonly Row[]) => {
    const entries = entriesOf(rows)
    return comparisonTable(entries, compareColumn(entries, {column: 'test'})).notes?.[1]
  }
  const tied = ran('a', [1]).flatMap(row => [row, {...row, seed: 2}])
  const single = [...ran('b', [1]), ...ran('c', [3])]
  const base = ran('base', [1, 2]).map(row => ({...row, steps: 0}))
  expect(noteOf(...tied, ...single)).toMatch(
    /^The variance between seeds counts as 0, since the seeds of every method /,
  )
  expect(noteOf(...tied, ...ran('d', [1, 2]))).toBeUndefined()
  expect(noteOf(...base, ...single)).toBe(BLIND)
})

test('no note mentions seeds where nothing was trained, since seeds then change nothing', () => {
  const rows = [...ran('a', [1]), ...ran('b', [1])].map(row => ({...row, steps: 0}))
  const entries = entriesOf(rows)
  expect(comparisonTable(entries, compareColumn(entries, {column: 'test'})).notes).toEqual([
    'Two-sided, 5 % level. Test: unpaired.',
  ])
})

test('a note names the methods with one seed among methods with several', () => {
  expect(notesOf([1, 2], [1], true)).toContain(
    'The variance between seeds is estimated from the methods with several; those with one seed may vary more: SVFT plain (c).',
  )
  expect(notesOf([1, 2], [1, 2], true)).toHaveLength(1)
})

test('a pair whose sampling error is unknown is not tested, and a note says so', () => {
  const scored = (se: readonly (number | undefined)[]) =>
    entriesOf(
      ['a', 'b', 'c'].flatMap((name, i) =>
        ran(name, [1 + i]).map(row => ({
          ...row,
          scores: {test: {...row.scores.test, metric: 'macro-f1' as const, se: se[i]}},
        })),
      ),
    )
  const notesFor = (se: readonly (number | undefined)[]) => {
    const entries = scored(se)
    return comparisonTable(entries, compareColumn(entries, {column: 'test'})).notes
  }
  const reason = 'not all rows record a standard error of macro-f1 above 0, and there is no formula for it.'
  expect(notesFor([0.1, 0.1, undefined])).toEqual([
    'Two-sided, 5 % level. Test: unpaired.',
    BLIND,
    `2 pairs not tested: ${reason}`,
  ])
  expect(notesFor([])).toEqual([`3 pairs not tested: ${reason}`])
  const table = suiteTable('s', scored([0.1, 0.1, undefined]))
  expect(table.rows.map(cells => cells[3].text)).toEqual([
    expect.stringMatching(/^52\.5 \[\d/),
    expect.stringMatching(/^55\.0 \[\d/),
    '57.5 [–]',
  ])
  expect(table.notes).toContain(`[–]: ${reason}`)
})

test('the note of a single pair mentions no correction', () => {
  const rows = [...ran('a', [1]), ...ran('b', [1])]
  const entries = entriesOf(rows)
  const [note] = comparisonTable(entries, compareColumn(entries, {column: 'test'})).notes!
  expect(note).toBe('Two-sided, 5 % level. Test: unpaired.')
  expect(notesOf([1], [1], false)[0]).toBe('Two-sided, 5 % level, with Holm’s correction for 3 pairs. Test: unpaired.')
})
