import {expect, test} from 'vitest'
import {isRecipeName} from '../../src/results/recipe-name.ts'
import {paperRows} from './paper-rows.ts'

test('rows that are made up have names of recipes, so that they can be written as runs', () => {
  const names = paperRows([1], {points: true}).map(({recipe}) => recipe)
  expect(names.filter(name => !isRecipeName(name))).toEqual([])
})
