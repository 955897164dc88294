import {expect, test} from 'vitest'
import {fillTemplate} from './template.ts'

const BARE = [
  {text: 0, type: 0},
  {text: 1, type: 1},
] as const
const BERT = [
  {id: 101, type: 0},
  {text: 0, type: 0},
  {id: 102, type: 0},
  {text: 1, type: 1},
  {id: 102, type: 1},
] as const

const count = (length: number, first = 0) => Array.from({length}, (_, i) => first + i)

/** The number of tokens that remain of each text. */
const lengthsOf = (a: number, b: number, room: number) => {
  const {typeIds} = fillTemplate(BARE, [count(a), count(b)], room)
  return [typeIds.filter(type => type === 0).length, typeIds.filter(type => type === 1).length]
}

test('texts are in their positions, each truncated at its end', () => {
  expect(fillTemplate(BERT, [count(3, 10), count(2, 20)], 99)).toEqual({
    ids: [101, 10, 11, 12, 102, 20, 21, 102],
    typeIds: [0, 0, 0, 0, 0, 1, 1, 1],
  })
  expect(fillTemplate(BERT, [count(3, 10), count(2, 20)], 6)).toEqual({
    ids: [101, 10, 11, 102, 20, 102],
    typeIds: [0, 0, 0, 0, 1, 1],
  })
})

test.each([
  [9, 2, 8, [6, 2]], // only the longer is truncated
  [2, 9, 8, [2, 6]],
  [9, 9, 8, [4, 4]],
  [9, 9, 7, [3, 4]], // of equal texts the second keeps the odd token
  [9, 8, 7, [4, 3]],
  [8, 9, 7, [3, 4]],
  [9, 4, 8, [4, 4]],
  [9, 3, 7, [4, 3]],
  [3, 9, 7, [3, 4]],
  [9, 9, 1, [0, 1]],
  [9, 0, 5, [5, 0]],
  [0, 9, 5, [0, 5]],
  [9, 9, 0, [0, 0]],
  [3, 4, 7, [3, 4]],
])('of %i and %i tokens, %i keep %j', (a, b, room, lengths) => {
  expect(lengthsOf(a, b, room)).toEqual(lengths)
})

test('with room for fewer than the added tokens, the last ones go', () => {
  expect(fillTemplate(BERT, [count(3, 10), count(2, 20)], 2)).toEqual({ids: [101, 102], typeIds: [0, 0]})
})
