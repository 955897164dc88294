import {expect, test} from 'vitest'
import {memoizeByObject} from './memoize.ts'

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
