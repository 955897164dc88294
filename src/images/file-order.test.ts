import {expect, test} from 'vitest'
import {fileOrder} from './file-order.ts'
import type {ImageSource} from './source.ts'

const row = (file: string, row: number): ImageSource => ({at: {file, column: 'image', row}})
const range = (offset: number): ImageSource => ({at: {file: 'train.bin', offset, bytes: 8}})

test('rows of a file are read one after another, files in the order of their first row', () => {
  expect(fileOrder([row('b', 7), row('a', 3), row('b', 2), row('a', 1)])).toEqual([2, 0, 3, 1])
})

test('ranges of a file are read from its beginning, whole files in the given order', () => {
  expect(fileOrder([range(90), range(10), {at: {file: 'z.png'}}, {at: {file: 'a.png'}}])).toEqual([1, 0, 2, 3])
})
