import {expect, test} from 'vitest'
import {readStruct} from './thrift.ts'

const end = (...bytes: number[]) => readStruct(Uint8Array.from(bytes), 0, 1000).end
const times = (count: number, ...bytes: number[]) => Array.from({length: count}, () => bytes).flat()

test('a struct ends behind the zero that closes it', () => {
  expect(end(0)).toBe(1)
  expect(end(0x15, 0x80, 0x01, 0x00, 99)).toBe(4) // a number of two bytes
  expect(end(0x18, 2, 65, 66, 0)).toBe(5) // two letters
  expect(end(0x19, 0x25, 2, 4, 0)).toBe(5) // a list of two numbers
  expect(end(0x19, 0x22, 1, 2, 0)).toBe(5) // of two booleans, a byte each
  expect(end(0x1c, 0x11, 0, 0x17, ...times(8, 0), 0)).toBe(13) // a struct of one boolean, then a double
  expect(end(0x05, 0x08, 0x02, 0x00)).toBe(4) // a field's number in full
  expect(readStruct(Uint8Array.of(9, 9, 0), 2, 10).end).toBe(3)
})

test('integers, booleans and structs are read as hyparquet reads them, anything else is skipped', () => {
  const {fields} = readStruct(
    Uint8Array.of(0x15, 0x80, 0x01, 0x11, 0x12, 0x13, 0xff, 0x1c, 0x15, 0x01, 0x00, 0x18, 1, 65, 0x00),
    0,
    10,
  )
  expect([...fields]).toEqual([
    [1, 64],
    [2, true],
    [3, false],
    [4, -1],
    [5, new Map([[1, -1]])],
    [6, undefined],
  ])
  const largest = readStruct(Uint8Array.of(0x15, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00), 0, 10) // more than 32 bits
  expect(largest.fields.get(1)).toBe(-(2 ** 31))
})

test.each([
  ['a list longer than its bytes', [0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0], 'a list longer than itself'],
  ['lists in lists that each ask for much', times(40, 0x19, 0xf9, 0x80, 0x80, 0x80, 0x0f), 'longer than itself'],
  ['structs in structs', times(100_000, 0x1c), 'is nested deeper than 24'],
  ['lists in lists', [0x19, ...times(500, 0x19), ...times(600, 0)], 'is nested deeper than 24'],
  ['more values than may be', [...times(1001, 0x11), 0], 'too many values'],
  ['a text longer than its bytes', [0x18, 0xff, 0x7f, 65, 0], 'cut short'],
  ['a number that does not end', [0x15, ...times(12, 0x80), 0], 'too many bytes'],
  ['a number without end', [0x16, 0x80], 'cut short'],
  ['a kind that parquet has not', [0x1b, 0, 0], 'the unknown type 11'],
  ['nothing', [], 'cut short'],
])('%s is a fault', (_, bytes, reason) => {
  expect(() => end(...bytes)).toThrow(reason)
})
