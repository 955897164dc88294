import {expect, test} from 'vitest'
import {linesOf} from './lines.ts'

test.each(['', '\n', 'a', 'a\n', 'a\r\n\nb', '\n\n'])('%j has the lines that split finds', text => {
  expect([...linesOf(text)]).toEqual(text.split('\n'))
})
