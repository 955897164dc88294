import {expect, test} from 'vitest'
import {classWarnings, listClasses} from './class-names.ts'

test('a list of classes names twelve of them and counts the others', () => {
  expect(listClasses(['bad', 'good'])).toBe('bad, good')
  expect(listClasses(Array.from({length: 14}, (_, i) => String(i)))).toBe(
    '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more',
  )
})

test('classes that are equal as numbers are warned of', () => {
  expect(classWarnings(['1', '2', '12345678901234567890', '12345678901234567891'])).toEqual([])
  expect(classWarnings(['01', '1', '1.0', '2'])).toEqual([
    'data.train: the classes 01, 1, 1.0 are equal as numbers; write them alike if they are one',
  ])
  expect(classWarnings(['12345678901234567890', '12345678901234567890.0'])).toHaveLength(1)
})

test.each([
  ['a no-break space', 'New York', 'New\u00a0York'],
  ['two spaces', 'New York', 'new  york'],
  ['a normal form', 'caf\u00e9', 'cafe\u0301'],
  ['wide letters', 'abc', '\uff41\uff42\uff43'],
])('classes that differ in %s are warned of', (_, one, other) => {
  expect(classWarnings([one, 'bad', other])).toEqual([
    `data.train: the classes ${listClasses([one, other])} differ in case, spaces or Unicode normal form alone; write them alike if they are one`,
  ])
})

test('classes that differ in case alone are warned of', () => {
  expect(classWarnings(['bad', 'good'])).toEqual([])
  expect(classWarnings(['Good', 'bad', 'good'])).toEqual([
    'data.train: the classes Good, good differ in case alone; write them alike if they are one',
  ])
})
