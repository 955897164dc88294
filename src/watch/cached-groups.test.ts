import {expect, test} from 'vitest'
import {cacheByGroup} from './cached-groups.ts'

const [a, b, c] = ['a', 'b', 'c'].map(name => ({name}))

/** Opens groups whose value is a new list of the names of their items. */
const open = () => cacheByGroup((items: readonly {readonly name: string}[]) => items.map(({name}) => name))

test('a group keeps its value until its items are others, in another order, or it is missing once', () => {
  const valuesOf = open()
  const [first, second] = valuesOf(Object.entries({x: [a, b], y: [c]}))
  expect([first, second]).toEqual([['a', 'b'], ['c']])

  const [same, ...others] = valuesOf(Object.entries({x: [a, b], y: [c, c], z: []}))
  expect(same).toBe(first)
  expect(others).toEqual([['c', 'c'], []])
  expect(valuesOf(Object.entries({x: [b, a]}))).toEqual([['b', 'a']])

  const [again] = valuesOf(Object.entries({y: [c, c]}))
  expect(again).toEqual(others[0])
  expect(again).not.toBe(others[0])
})
