import {expect, test} from 'vitest'
import {impliedMerges} from './merges.ts'

const positions = (...pieces: string[]) => new Map(pieces.map((piece, id) => [piece, id]))

test('merges come by score, then by the longer left part', () => {
  const scores = new Map([
    ['a', -9],
    ['b', -9],
    ['ab', -2],
    ['ba', -1],
    ['aba', -3],
  ])
  expect(impliedMerges(scores, positions('a', 'b', 'ab', 'ba', 'aba'))).toEqual([
    ['b', 'a'],
    ['a', 'b'],
    ['ab', 'a'],
    ['a', 'ba'],
  ])
})

test('characters beyond 16 bits are never split', () => {
  const scores = new Map([['😀😀', -1]])
  expect(impliedMerges(scores, positions('😀', '\ud83d', '😀😀'))).toEqual([['😀', '😀']])
})
