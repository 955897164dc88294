import {expect, test} from 'vitest'
import {checkGroups, groupOf} from './rate-groups.ts'

const names = ['model.layers.0.q_proj.trainable.s', 'model.layers.0.q_proj.trainable.gate', 'model.norm.weight']
const [s, gate, norm] = names
const fitting = (pattern: string) => names.filter(name => groupOf(name, {[pattern]: 1}).group !== undefined)

test.each([
  ['*', names],
  ['*.gate', [gate]],
  ['model.layers.*', [s, gate]],
  ['*q_proj*', [s, gate]],
  ['model.norm.weight', [norm]],
  ['*.layers.*.q_proj.*.s', [s]],
  ['**.s', [s]],
  ['model.norm', []],
  ['norm.weight', []],
  ['*.trainable.g*e.*', []],
  ['model.*model.*', []], // one text cannot stand in two places
  ['*.weight*weight', []],
])('%s fits the whole of a name, * any text', (pattern, expected) => {
  expect(fitting(pattern)).toEqual(expected)
})

test('of several patterns the longest counts, of equally long ones the first by code', () => {
  const lrs = {'*': 1, '*.gate': 2, '*.s': 3, '*te': 4, 'mo*': 5}
  expect([s, gate, norm].map(name => groupOf(name, lrs).group)).toEqual(['*.s', '*.gate', 'mo*'])
  expect(groupOf('other', {})).toEqual({})
})

test('a pattern that fits nothing is refused, and told what there is', () => {
  expect(() => checkGroups({'*': 1, '*.gate': 2}, names)).not.toThrow()
  expect(() => checkGroups({'*.gates': 2}, names)).toThrow(
    `train.lrs: no trainable fits *.gates; trainables are ${s} …, ends: *.s, *.gate, *.weight`,
  )
})
