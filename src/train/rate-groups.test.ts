import {expect, test} from 'vitest'
import {checkGroups, groupOf} from './rate-groups.ts'

const names = ['model.layers.0.q_proj.trainable.s', 'model.layers.0.q_proj.trainable.gate', 'model.norm.weight']
const [s, gate, norm] = names
const matching = (pattern: string) => names.filter(name => groupOf(name, {[pattern]: 1}) !== undefined)

test.each([
  ['*', names],
  ['*.gate', [gate]],
  ['model.layers.*', [s, gate]],
  ['*q_proj*', [s, gate]],
  ['model.norm.weight', [norm]],
  ['*.layers.*.q_proj.*.s', [s]],
  ['**.s', [s]],
  ['*.?_proj.*.s', [s]],
  ['?*.norm.weight', [norm]],
  ['model.?.weight', []],
  ['*.{s,gate}', []],
  ['*.[sg]', []],
  ['model.norm', []],
  ['norm.weight', []],
  ['*.trainable.g*e.*', []],
  ['model.*model.*', []], // the two texts may not overlap
  ['*.weight*weight', []],
])('%s matches a whole name, where * is any text and ? a character', (pattern, expected) => {
  expect(matching(pattern)).toEqual(expected)
})

test('a pattern of many stars is matched without backtracking', () => {
  expect(matching(`${'*e'.repeat(12)}*b`)).toEqual([])
  expect(groupOf('e'.repeat(200), {[`${'*e'.repeat(12)}*b`]: 1})).toBeUndefined()
})

test('the longest of several matching patterns counts, and the first in code order of equally long ones', () => {
  const lrs = {'*': 1, '*.gate': 2, '*.s': 3, '*te': 4, 'mo*': 5}
  expect([s, gate, norm].map(name => groupOf(name, lrs))).toEqual(['*.s', '*.gate', 'mo*'])
  expect(groupOf('other', {})).toBeUndefined()
})

test('a pattern that matches nothing is refused with the nearest one that does, and the names there are', () => {
  expect(() => checkGroups({'*': 1, '*.gate': 2}, names)).not.toThrow()
  const known = `trainables match model.norm.*, *.s, *.gate, *.weight; the first is ${s}`
  expect(() => checkGroups({'*.gates': 2}, names)).toThrow(
    `train.lrs: no trainable matches *.gates; did you mean *.gate? ${known}`,
  )
  expect(() => checkGroups({'modle.norm.*': 2}, names)).toThrow(
    `train.lrs: no trainable matches modle.norm.*; did you mean model.norm.*? ${known}`,
  )
  expect(() => checkGroups({'\u001b[2J': 2}, names)).toThrow(`matches \\u001b[2J; ${known}`)
})
