import {expect, test} from 'vitest'
import {classWarnings, listClasses} from './class-names.ts'

test('a list of classes names twelve of them and counts the others', () => {
  expect(listClasses(['bad', 'good'])).toBe('bad, good')
  expect(listClasses(Array.from({length: 14}, (_, i) => String(i)))).toBe(
    '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more',
  )
})

test('classes that differ in case alone are warned of', () => {
  expect(classWarnings(['bad', 'good'])).toEqual([])
  expect(classWarnings(['Good', 'bad', 'good'])).toEqual([
    'data.train: the classes Good, good differ in case alone; write them alike if they are one',
  ])
})
