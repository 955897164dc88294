import {expect, test} from 'vitest'
import {groupRanges, layout} from './layout.ts'

const flat = layout(
  {'b.lora_A': [2, 3], 'a.gate': [1], 'classifier.weight': [2, 2], 'classifier.bias': [], z: [0]},
  name => (name.startsWith('classifier') ? 'head' : undefined),
)

test('trainables are laid out in the order given', () => {
  expect(flat.size).toBe(12)
  expect(flat.slots.map(({name, from, to}) => [name, from, to])).toEqual([
    ['b.lora_A', 0, 6],
    ['a.gate', 6, 7],
    ['classifier.weight', 7, 11],
    ['classifier.bias', 11, 12],
    ['z', 12, 12],
  ])
})

test('packed values are unpacked as views of the flat vector', () => {
  const named = {
    z: new Float32Array(),
    'classifier.bias': Float32Array.of(11),
    'classifier.weight': Float32Array.of(7, 8, 9, 10),
    'a.gate': Float32Array.of(6),
    'b.lora_A': Float32Array.of(0, 1, 2, 3, 4, 5),
  }
  const theta = flat.pack(named)
  expect([...theta]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])

  const views = flat.unpack(theta)
  expect(views).toEqual(named)
  theta[6] = 60
  expect(views['a.gate'][0]).toBe(60)
})

test('slots of one group in a row become one range', () => {
  expect(groupRanges(flat)).toEqual([
    {from: 0, to: 7, group: undefined},
    {from: 7, to: 12, group: 'head'},
    {from: 12, to: 12, group: undefined},
  ])
})

test('missing, unknown and wrongly sized trainables are named', () => {
  const one = layout({gate: [2]})
  expect(() => one.pack({})).toThrow('trainable gate needs 2 values, got none')
  expect(() => one.pack({gate: new Float32Array(3)})).toThrow('trainable gate needs 2 values, got 3')
  expect(() => one.pack({gate: new Float32Array(2), geat: new Float32Array(2)})).toThrow(
    'geat is not a trainable of this run',
  )
  expect(() => one.unpack(new Float32Array(5))).toThrow('the flat vector needs 2 values, got 5')
})
