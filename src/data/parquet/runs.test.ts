import {expect, test} from 'vitest'
import {checkRuns} from './runs.ts'

const check = (bytes: readonly number[], width: number, count: number) =>
  checkRuns(Uint8Array.from(bytes), {width, count, at: 0})

test('runs of as many values as are needed pass, repeated or packed', () => {
  check([0xc8, 0x01, 3], 2, 100) // a header of two bytes: 100 times, then the value
  check([0x03, 0xff], 1, 8)
  check([0x03, 0xff], 1, 5) // packed values come by eights
  check([0x08, 1, 0x05, 1, 2, 3, 4], 2, 12)
  check([], 3, 0)
})

test.each([
  ['a value repeated 2³⁰ times', [0xfe, 0xff, 0xff, 0xff, 0x07, 1], 1, 100, 'a run of 1073741823 values'],
  ['2³⁰ values packed in no bits', [0xff, 0xff, 0xff, 0xff, 0x07], 0, 100, 'a run of'],
  ['one value too many', [0xca, 0x01, 1], 1, 100, 'a run of 101 values where 100 are needed'],
  ['a header that does not end', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01], 1, 9, 'an integer of too many bytes'],
  ['a header that is cut', [0x80], 1, 9, 'cut short'],
  ['values of 33 bits', [0x02, 1], 33, 1, 'values of 33 bits'],
])('%s is a fault', (_, bytes, width, count, reason) => {
  expect(() => check(bytes, width, count)).toThrow(reason)
})
