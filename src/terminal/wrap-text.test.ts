import {expect, test} from 'vitest'
import {wrapText} from './wrap-text.ts'

test('a text is broken at its spaces', () => {
  expect(wrapText('one digit differs', 9)).toEqual(['one digit', 'differs'])
  expect(wrapText('one digit differs', 80)).toEqual(['one digit differs'])
  expect(wrapText('', 10)).toEqual([''])
})

test('a word longer than a line is not broken', () => {
  expect(wrapText('of 19,816,384 parameters', 5)).toEqual(['of', '19,816,384', 'parameters'])
})

test('spaces at the ends of lines are left out', () => {
  expect(wrapText('  lead in', 6)).toEqual(['lead', 'in'])
  expect(wrapText('aaaaaa  b', 4)).toEqual(['aaaaaa', 'b'])
})
