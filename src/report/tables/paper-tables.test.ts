import {expect, test} from 'vitest'
import {paperRows} from '../../../test/support/paper-rows.ts'
import {entriesOf} from '../../../test/support/rows.ts'
import {PAPER_ROWS} from '../../paper/rows.ts'
import type {Row} from '../../results/row.ts'
import {distinctComparisons} from './paper-cells.ts'
import {judgeRows, paperTables} from './paper-tables.ts'
import {verdictNotes} from './verdict-notes.ts'

const judged = (rows: readonly Row[]) => judgeRows(entriesOf(rows), 'arxiv-v1')
const rows = paperRows([1, 2, 3, 4, 5])

test('every table is laid out as printed, and of scores that differ from the printed ones by sampling error alone at most 1 in 100 deviates', () => {
  const all = judged(rows)
  const cells = all.flatMap(({cells}) => cells)
  expect(all).toHaveLength(114)
  expect(all.map(({row}) => row)).toEqual(PAPER_ROWS)
  expect(cells.filter(({verdict}) => verdict === 'incomplete')).toEqual([])
  expect(cells.filter(({verdict}) => verdict === 'deviates').length).toBeLessThanOrEqual(cells.length / 100)
  const tables = paperTables(all)
  expect(tables.map(({id}) => id)).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10].map(number => `table-${number}`))
  const [first] = tables
  expect(first.head.map(({text}) => text).slice(2, 5)).toEqual(['#Params', 'GSM-8K', 'MATH'])
  expect(new Set(first.head.map(({group}) => group))).toEqual(
    new Set([undefined, 'Gemma-2B', 'Gemma-7B', 'LLaMA-3-8B']),
  )
  expect(first.rows.findLast(([{first}]) => first)?.[0].text).toBe('SVFT random d=16 / d=12')
  expect(first.rows[0].map(({text}) => text).slice(1, 5)).toEqual(['paper', '2.5B', '52.69', '17.94'])
  expect(first.rows[1][3].text).toMatch(/^5\d\.\d ± \d\.\d \[.+, .+\]$/)
  expect(first.rows[2][3].text).toMatch(/, 5 seeds \(finds ≥ \d\.\d pp\)$/)
})

test('the rows of one table and model share an estimate of the variance between seeds', () => {
  const some = paperRows([1, 2]).filter(({cells: [cell] = []}) => /^t1\.g2\.lora(1|32)$|^t1\.g7\.fft$/.test(cell))
  const degrees = judged(some).flatMap(({row, cells}) =>
    cells.flatMap(({judged}) => (judged ? [[row.cell, judged.degrees]] : [])),
  )
  expect(degrees).toEqual([
    ['t1.g2.lora32', 2],
    ['t1.g2.lora32', 2],
    ['t1.g2.lora1', 2],
    ['t1.g2.lora1', 2],
    ['t1.g7.fft', 1],
    ['t1.g7.fft', 1],
  ])
})

test('a score that three tables print counts once, with the verdict of the table with the most seeds', () => {
  const cells = ['t1.g2.svft_p', 't5.plain', 't10.r2048']
  const plain = rows.filter(({cells: [cell] = []}) => cell === cells[0]).map(row => ({...row, cells}))
  const alone = judged(plain)
  const [summary, meanings, holm] = verdictNotes(alone.flatMap(({cells}) => cells))
  expect(summary).toMatch(/^2 comparisons of .*: \d reproduced, /)
  expect(meanings).toContain('no difference was found, but differences up to x of “finds ≥ x pp” are not excluded')
  expect(holm).toMatch(
    /^Of 2 comparisons, at most 0\.0 are expected to deviate by sampling error alone; .* 0 deviate\.$/,
  )
  const banded = rows.filter(({cells: [cell] = []}) => cell === 't5.banded8')
  const found = judged([...plain, ...banded]).flatMap(({cells}) => cells.filter(({measurement}) => measurement))
  const own = found.filter(({cell, column}) => cells.includes(cell) && column === 'math')
  expect(own.map(({cell, judged}) => [cell, judged?.degrees])).toEqual(cells.map(cell => [cell, 8]))
  expect(new Set(own.map(({measurement}) => measurement))).toEqual(new Set([`${plain[0].recipe}: math`]))
  expect(new Set(own.map(({judged}) => judged?.p)).size).toBe(1)
  expect(distinctComparisons(found)).toHaveLength(4)
})

test('the degrees of freedom of the variance and the detectable difference are printed with the verdict', () => {
  const of = (seeds: readonly number[]) => {
    const some = paperRows(seeds).filter(({cells: [cell] = []}) => cell === 't1.g2.lora1')
    const [table] = paperTables(judged(some))
    const [verdict] = table.rows.filter(([, {text}, count]) => text === 'verdict' && count.text === '').slice(5, 6)
    return [verdict[3].text, ...(table.notes ?? [])]
  }
  const finds = /^finds ≥ x pp: the minimum detectable difference, .* with power 0\.80 at α = 0\.01, /
  expect(of([1])).toEqual([
    expect.stringMatching(/^indistinguishable, one seed \(finds ≥ [5-7]\.\d pp\)$/),
    expect.stringMatching(
      /^one seed: the variance between seeds is unknown and counts as 0, so that smaller differences /,
    ),
    expect.stringMatching(finds),
  ])
  expect(of([1, 2])).toEqual([
    expect.stringMatching(/^indistinguishable, 2 seeds \(finds ≥ \d\.\d pp\)$/),
    expect.stringMatching(/^2 seeds: the variance between seeds is estimated from 2 values, which widens /),
    expect.stringMatching(finds),
  ])
  expect(of([1, 2, 3, 4, 5])).toEqual([
    expect.stringMatching(/^(reproduced|indistinguishable), 5 seeds \(finds ≥ \d\.\d pp\)$/),
    expect.stringMatching(finds),
  ])
})

test('the seeds of a row on a part of the items do not count in the variance between seeds', () => {
  const of = (all: readonly Row[]) => judged(all).find(({row}) => row.cell === 't1.g2.lora1')?.cells
  const own = rows.filter(({cells: [cell] = []}) => cell === 't1.g2.lora1')
  const others = rows.filter(({cells: [cell] = []}) => cell === 't1.g2.lora32')
  const partly = others.map(row => ({
    ...row,
    scores: {...row.scores, gsm8k: {...row.scores.gsm8k, n: 100}, math: {...row.scores.math, n: 100}},
  }))
  expect(of([...own, ...partly])).toEqual(of(own))
  expect(of([...own, ...others])).not.toEqual(of(own))
})

test('a run compared with two different printed scores is two comparisons', () => {
  const lora = rows
    .filter(({cells: [cell] = []}) => cell === 't9.vb.lora8')
    .map(row => ({...row, cells: ['t9.vb.lora8', 't4.vb.lora8']}))
  const tests = distinctComparisons(judged(lora).flatMap(({cells}) => cells))
  expect(tests.map(({cell, column, printed}) => [cell, column, (100 * printed).toFixed(2)])).toEqual([
    ['t4.vb.lora8', 'cifar100', '84.10'],
    ['t4.vb.lora8', 'flowers102', '99.23'],
    ['t9.vb.lora8', 'cifar100', '84.41'],
    ['t9.vb.lora8', 'food101', '76.02'],
    ['t9.vb.lora8', 'resisc45', '76.86'],
  ])
})

test('a gain may be negative, and so may the bounds of its interval', () => {
  const lora = rows.filter(({cells}) => cells?.includes('t6.lora'))
  const fallen = lora.map(row =>
    row.recipe.includes('step143000') ? {...row, scores: {gsm8k: {score: 100 / 1319, n: 1319}}} : row,
  )
  const cells = judged(fallen).find(({row}) => row.cell === 't6.lora')?.cells ?? []
  const {mean = 0, low = 0, high = 0} = cells.find(({column}) => column === 'gain')?.ours ?? {}
  expect(high).toBeLessThan(0)
  expect(mean - low).toBeCloseTo(high - mean, 9)
})

test('a row without a run, a score by another metric, an average without a column and a score on half the items are incomplete', () => {
  const some = rows.filter(({recipe}) => !recipe.endsWith('t1.g2.lora1'))
  const changed = some.map(row => {
    if (row.recipe.endsWith('t1.g2.fft')) return {...row, scores: {...row.scores, math: {score: 0.18, n: 2500}}}
    if (row.recipe.endsWith('t1.g2.dora1'))
      return {...row, scores: {...row.scores, math: {...row.scores.math, metric: 'macro-f1' as const}}}
    const {boolq: _, ...others} = row.scores
    return row.recipe.endsWith('t8.lora1') ? {...row, scores: others} : row
  })
  const lacks = judged(changed).flatMap(({cells}) =>
    cells.flatMap(({cell, column, verdict, lacks}) =>
      verdict === 'incomplete' ? [`${cell} ${column}: ${lacks}`] : [],
    ),
  )
  expect(lacks).toEqual([
    't1.g2.fft math: 2500 of 5000 items',
    't1.g2.dora1 math: not run',
    't1.g2.lora1 gsm8k: not run',
    't1.g2.lora1 math: not run',
    't8.lora1 boolq: not run',
    't8.lora1 average: 1 of 8 columns not run',
  ])
})

test('a run with overrides reproduces a row of the paper only if the recipe was never run without, and a note names them', () => {
  const set = 'train.epochs=1'
  const own = rows.filter(({cells}) => cells?.includes('t1.g2.lora1'))
  const poor = own.map(row => ({...row, set, scores: {...row.scores, gsm8k: {score: 0, n: 1319}}}))
  const before = own.map(row => ({...row, set: 'train.epochs=2', finished: '2026-11-23T18:00:00.000Z'}))
  const of = (some: readonly Row[]) => judged(some).filter(({row}) => row.cell === 't1.g2.lora1')
  expect(of([...poor, ...own])).toEqual(of(own))
  expect(of(own)[0].set).toBeUndefined()
  expect(of([...poor, ...before])).toMatchObject([{set, cells: [{verdict: 'deviates'}, {}]}])
  const [table] = paperTables(judged([...poor, ...before]))
  expect(table.notes?.[0]).toBe('† LoRA r=1, Gemma-2B: run with overrides: train.epochs=1.')
  expect(table.rows.filter(([, {text}]) => text.startsWith('ours')).map(([, {text}]) => text)).toEqual(['ours †'])
})
