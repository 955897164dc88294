import {expect, test} from 'vitest'
import {readMessage} from './protobuf.ts'

const span = (...bytes: number[]) => ({file: 'spm.model', bytes: Uint8Array.from(bytes), start: 0, end: bytes.length})

test('fields are read by number, others are skipped', () => {
  const message = span(
    0x08,
    0x96,
    0x01,
    0x12,
    2,
    0xc3,
    0xa4,
    0x1d,
    0,
    0,
    0x80,
    0x3f,
    0x21,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    0x08,
    7,
  )
  expect(readMessage([message], {1: 'int', 2: 'text', 3: 'float'})).toEqual({1: [150, 7], 2: ['ä'], 3: [1]})
  expect(readMessage([message], {})).toEqual({})
})

test('a negative number has ten bytes', () => {
  const message = span(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)
  expect(readMessage([message], {1: 'int'})[1]).toEqual([-1])
})

test('a message within a message, in two parts', () => {
  const outer = readMessage([span(0x0a, 2, 0x08, 5, 0x0a, 2, 0x08, 6)], {1: 'message'})
  expect(readMessage(outer[1], {1: 'int'})[1]).toEqual([5, 6])
})

test.each([
  [[0x08], 'spm.model: byte 1: a number is cut off'],
  [[0x08, 0x80], 'spm.model: byte 1: a number is cut off'],
  [[0x08, ...Array(11).fill(0xff)], 'spm.model: byte 1: a number has more than ten bytes'],
  [[0x12, 3, 0x61], 'spm.model: byte 0: field 2 has 3 bytes; only 1 are left'],
  [
    [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    'spm.model: byte 0: field 2 has -1 bytes; only 0 are left',
  ],
  [[0x12, 1, 0xff], 'spm.model: byte 2: a text is not UTF-8'],
  [[0x1d, 0, 0], 'spm.model: byte 0: field 3 has 4 bytes; only 2 are left'],
  [[0x10, 1], 'spm.model: byte 0: field 2 has wire type 0, not 2'],
  [[0x0b], 'spm.model: byte 0: field 1 has wire type 3, not 0'],
  [[0x2b], 'spm.model: byte 0: field 5 has the unknown wire type 3'],
  [[0x02, 1], 'spm.model: byte 0: no field has the number 0'],
])('the bytes %j are a fault that names the defect', (bytes, message) => {
  expect(() => readMessage([span(...bytes)], {1: 'int', 2: 'text', 3: 'float'})).toThrow(message)
})
