import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../test/support/rows.ts'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {withoutSet} from '../recipes/file/change-recipe.ts'
import type {Row} from '../results/row.ts'
import {openEntries} from './finished-entries.ts'

const rowOf = (recipe: string, seed: number, n = 8) => exampleRow({recipe, seed, scores: {test: {score: 0.5, n}}})

test('the entries are those of a report, and only those with other rows or another suite are new', async () => {
  const [a, b, c, d] = [rowOf('x/y/a', 1), rowOf('x/y/b', 1), rowOf('c', 1), rowOf('d', 1)]
  const open = openEntries()
  const names = async (rows: readonly Row[]) => {
    const entries = await open(rows.map(row => ({row, folder: undefined})))
    expect(entries).toEqual(entriesOf(rows))
    return new Map(entries.map(entry => [entry.name, entry]))
  }
  const first = await names([b, a, c])
  expect([...first.keys()]).toEqual(['c', 'x/y/a', 'x/y/b'])
  const second = await names([b, a, rowOf('x/y/b', 2), c, d])
  expect(second.get('x/y/a')).toBe(first.get('x/y/a'))
  expect(second.get('x/y/b')?.seeds).toEqual([1, 2])
  expect([first, second].map(entries => entries.get('c')?.suite)).toEqual(['c', 'own recipes'])
  expect((await names([a, rowOf('d', 2, 9), c])).get('d')?.suite).toBe('d')
})

test('the runs of a recipe that was edited do not count with the earlier ones', async () => {
  const workplace = await openWorkplace()
  const recipe = await tinyRecipe(workplace)
  const run = (seed: number, learning: object, finished: string) => {
    const folder = join(workplace, `run-${seed}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify({...withoutSet(recipe), ...learning, seed}))
    return {folder, row: exampleRow({recipe: 'x/y/a', seed, finished})}
  }
  const edited = {train: {...recipe.train, lr: 0.123}}
  const [one, two, three] = [
    run(1, {}, '2026-11-24T18:00:00.000Z'),
    run(2, edited, '2026-11-25T18:00:00.000Z'),
    run(3, edited, '2026-11-25T19:00:00.000Z'),
  ]
  const open = openEntries()
  const seeds = async (...runs: readonly (typeof one)[]) => (await open(runs)).map(({seeds}) => seeds)
  expect(await seeds(one)).toEqual([[1]])
  expect(await seeds(one, two, three)).toEqual([[2, 3]])
})
