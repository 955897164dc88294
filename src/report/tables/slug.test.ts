import {expect, test} from 'vitest'
import {slug} from './slug.ts'

test('suites and columns of recipes keep their names', () => {
  expect(slug('gsm8k/mini', 'ARC-Easy')).toBe('gsm8k-mini-ARC-Easy')
  expect(slug('gsm8k-mini', 'ARC/Easy')).toBe('gsm8k-mini-ARC-Easy')
})

test('the id of any name has only safe characters, and different names have different ids', () => {
  const names = ['x"><img src=x>', 'x">[img src=x>', '算数', '図形', '}\\input{a}', '../../a b']
  const ids = names.map(name => slug(name, 'test'))
  for (const id of ids) expect(id).toMatch(/^\w[\w-]*$/) // a - in front would make an option of a file
  expect(new Set(ids).size).toBe(names.length)
})

test('the id of long names fits into the name of a file, and different names have different ids', () => {
  const ids = ['a', 'b'].map(last => slug('x'.repeat(300), last))
  for (const id of ids) expect(id.length).toBeLessThan(220)
  expect(new Set(ids).size).toBe(2)
})
