import {expect, test} from 'vitest'
import {memoize, memoizeByObject} from './memoize.ts'

test('a value is computed once for each object, undefined too, however equal two objects are', () => {
  const computed: object[] = []
  const numberOf = memoizeByObject((one: {readonly value: number | undefined}) => {
    computed.push(one)
    return one.value
  })
  const [a, b, none] = [{value: 1}, {value: 1}, {value: undefined}]
  expect([a, b, none, a, none].map(numberOf)).toEqual([1, 1, undefined, 1, undefined])
  expect(computed).toEqual([a, b, none])
})

test('a result is computed once for the same arguments, and again after many others', () => {
  const made: string[] = []
  const product = memoize((a: number, b: number) => {
    made.push(`${a} ${b}`)
    return {of: a * b}
  })
  expect(product(2, 3)).toEqual({of: 6})
  expect(product(2, 3)).toBe(product(2, 3))
  expect(product(3, 2)).toEqual({of: 6})
  expect(made).toEqual(['2 3', '3 2'])
  for (let i = 0; i < 15; i++) product(i, 100)
  product(2, 3)
  expect(made.filter(numbers => numbers === '2 3')).toHaveLength(2)
  expect(made.filter(numbers => numbers === '3 2')).toHaveLength(1)
})
