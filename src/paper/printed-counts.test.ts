import {expect, test} from 'vitest'
import {howPrinted, printedLike} from './printed-counts.ts'

test('a count is printed rounded, truncated, or rounded twice', () => {
  expect(howPrinted(1_198_080, '1.20M')).toBe('rounded')
  expect(howPrinted(1_198_080, '1.19M')).toBe('truncated')
  expect(howPrinted(1_198_080, '1.21M')).toBeUndefined()
  expect(howPrinted(934_848, '0.93M')).toBe('rounded')
  expect(howPrinted(934_848, '0.94M')).toBe('rounded twice') // 0.935 on the way
  expect(howPrinted(294_912, '0.30M')).toBe('rounded twice')
})

test('the printed unit and decimals determine the rounding', () => {
  expect(howPrinted(18_432, '18.4K')).toBe('rounded')
  expect(howPrinted(18_456, '18.5K')).toBe('rounded')
  expect(howPrinted(18_432, '0.02M')).toBe('rounded')
  expect(howPrinted(2_506_172_416, '2.5B')).toBe('rounded')
  expect(howPrinted(2_775_208_960, '2.5B')).toBeUndefined()
  expect(howPrinted(25_000, '0.03M')).toBe('rounded')
  expect(howPrinted(193_536, '193536')).toBe('rounded')
})

test('a count is formatted with the unit and the decimals of another', () => {
  expect(printedLike(602_112, '0.43M')).toBe('0.60M')
  expect(printedLike(18_432, '18.5K')).toBe('18.4K')
  expect(printedLike(183_831_552, '184M')).toBe('184M')
})
