import {fileURLToPath} from 'node:url'
import {expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {changesText} from './setup-changes.ts'

/** A recipe whose seed draws a few images of each class. */
const SHIPPED = fileURLToPath(new URL('../../configs/vision/mini/svft-plain.yaml', import.meta.url))

test('the first five differences of all runs are listed once each, and the others counted', () => {
  const [last, ...earlier] = [8, 1, 2, 3, 4, 5, 6, 7, 7].map(steps => ({row: exampleRow({steps})}))
  const listed = [1, 2, 3, 4, 5].map(steps => `steps was ${steps}, is 8`).join(', ')
  expect(changesText(earlier, last)).toBe(`: ${listed}, and 2 other changes`)
  expect(changesText([last], last)).toBe('')
})

test('rows without a recipe differ by their fields, else by the files of their model and data', () => {
  const last = {row: exampleRow({modelRevision: 'b', dataRevision: 'b'})}
  const textOf = (changes: object) => changesText([{row: {...last.row, ...changes}}], last)
  expect(textOf({settings: 'banded d=2', dataRevision: 'a'})).toBe(': settings was banded d=2, is plain')
  expect(textOf({modelRevision: 'a', dataRevision: 'a'})).toBe(': the files of its model, the contents of its data')
})

test('data that the seed draws are no difference', async () => {
  const {recipe} = await readRecipe(SHIPPED)
  const runOf = (seed: number) => ({recipe, row: exampleRow({seed, dataRevision: `${seed}`, modelRevision: `${seed}`})})
  expect(changesText([runOf(1)], runOf(2))).toBe(': the files of its model')
})
