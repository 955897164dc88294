import {expect, test} from 'vitest'
import {learnMerges} from './bpe.ts'

test('the most frequent pair merges first, then the most frequent of what that leaves', () => {
  const words = new Map([
    ['low', 5],
    ['lower', 2],
    ['newest', 6],
    ['widest', 3],
  ])
  expect(learnMerges(words, 4).map(merge => merge.join('+'))).toEqual(['e+s', 'es+t', 'l+o', 'lo+w'])
})

test('a run of one symbol merges from the left without overlap', () => {
  expect(learnMerges(new Map([['aaaaa', 1]]), 2)).toEqual([
    ['a', 'a'],
    ['aa', 'a'],
  ])
})

test('of equally frequent pairs the first in order wins, whatever the order of the words', () => {
  const words: [string, number][] = [
    ['yz', 1],
    ['ab', 1],
    ['mn', 1],
  ]
  const merges = learnMerges(new Map(words), 3)
  expect(merges.map(merge => merge.join(''))).toEqual(['ab', 'mn', 'yz'])
  expect(learnMerges(new Map(words.reverse()), 3)).toEqual(merges)
})

test('it stops where nothing is left to merge', () => {
  expect(learnMerges(new Map([['ab', 3]]), 10)).toEqual([['a', 'b']])
  expect(learnMerges(new Map(), 10)).toEqual([])
})
