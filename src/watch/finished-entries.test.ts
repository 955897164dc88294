import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../test/support/rows.ts'
import {openEntries} from './finished-entries.ts'

const rowOf = (recipe: string, seed: number, n = 8) => exampleRow({recipe, seed, scores: {test: {score: 0.5, n}}})

test('the entries are those of a report, and only those with other rows or another suite are new', () => {
  const [a, b, c, d] = [rowOf('x/y/a', 1), rowOf('x/y/b', 1), rowOf('c', 1), rowOf('d', 1)]
  const open = openEntries()
  const names = (rows: Parameters<typeof open>[0]) => {
    const entries = open(rows)
    expect(entries).toEqual(entriesOf(rows))
    return new Map(entries.map(entry => [entry.name, entry]))
  }
  const first = names([b, a, c])
  expect([...first.keys()]).toEqual(['c', 'x/y/a', 'x/y/b'])
  const second = names([b, a, rowOf('x/y/b', 2), c, d])
  expect(second.get('x/y/a')).toBe(first.get('x/y/a'))
  expect(second.get('x/y/b')?.seeds).toEqual([1, 2])
  expect([first, second].map(entries => entries.get('c')?.suite)).toEqual(['c', 'own recipes'])
  expect(names([a, rowOf('d', 2, 9), c]).get('d')?.suite).toBe('d')
})
