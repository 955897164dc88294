import {expect, test} from 'vitest'
import {didYouMean, nearest, suggestFirst, suggestion} from './nearest.ts'

const KNOWN = ['svft', 'lora', 'full', 'none', 'weightDecay', 'microBatch', 'schedule', 'diagonals', 'seed']

test('a name is found by one with letters swapped, missing, wrong or added', () => {
  expect(nearest('svtf', KNOWN)).toBe('svft')
  expect(nearest('lra', KNOWN)).toBe('lora')
  expect(nearest('fall', KNOWN)).toBe('full')
  expect(nearest('seeds', KNOWN)).toBe('seed')
})

test('a name is found whatever its capitals and separators', () => {
  expect(nearest('SVFT', KNOWN)).toBe('svft')
  expect(nearest('weight_decay', KNOWN)).toBe('weightDecay')
  expect(nearest('micro-batch', KNOWN)).toBe('microBatch')
})

test('a name is found by its beginning, and by a word that begins with it', () => {
  expect(nearest('diag', KNOWN)).toBe('diagonals')
  expect(nearest('scheduler', KNOWN)).toBe('schedule')
  expect(nearest('lora-r1x', ['dora-r1', 'lora-r1'])).toBe('lora-r1') // one letter away, though also a beginning
})

test('a name is found by its last word alone, if no other has it', () => {
  expect(nearest('f1', ['macro-f1', 'micro-f1'])).toBeUndefined()
  expect(nearest('F1', ['accuracy', 'macro-f1'])).toBe('macro-f1')
  expect(nearest('f1', ['accuracy', 'f2', 'macro-f1'])).toBe('f2') // one letter away
  expect(nearest('1', ['accuracy', 'macro-f1'])).toBeUndefined()
})

test('a suggestion asks for one or several names, escaped, or gives the other advice', () => {
  expect(didYouMean(undefined)).toBeUndefined()
  expect(didYouMean([])).toBeUndefined()
  expect(didYouMean('svft')).toBe('did you mean svft?')
  expect(didYouMean(['a\u001b', 'b'])).toBe('did you mean a\\u001b or b?')
  expect(suggestion('svft', ['svft', 'lora'])).toBe('did you mean svft? known: svft, lora')
  expect(suggestFirst(undefined, 'svft list prints all')).toBe('svft list prints all')
})

test('words that are far away, empty or very long get no suggestion', () => {
  expect(nearest('boft', KNOWN)).toBeUndefined()
  expect(nearest('', KNOWN)).toBeUndefined()
  expect(nearest('x'.repeat(1000), KNOWN)).toBeUndefined()
  expect(nearest('svft', [])).toBeUndefined()
  expect(nearest('x', ['1', 'a', 'ab'])).toBeUndefined() // replacing its only letter leaves nothing of it
  expect(nearest('99', ['9'])).toBe('9')
})
