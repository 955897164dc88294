import {expect, test} from 'vitest'
import {layout, stretches} from './layout.ts'

const flat = layout([
  {name: 'b.lora_A', shape: [2, 3]},
  {name: 'a.gate', shape: [1]},
  {name: 'classifier.weight', shape: [2, 2], group: 'head'},
  {name: 'classifier.bias', shape: [], group: 'head'},
  {name: 'z', shape: [0]},
])

test('trainables stand one after another in the order given, not by name', () => {
  expect(flat.size).toBe(12)
  expect(flat.slots.map(({name, from, to}) => [name, from, to])).toEqual([
    ['b.lora_A', 0, 6],
    ['a.gate', 6, 7],
    ['classifier.weight', 7, 11],
    ['classifier.bias', 11, 12],
    ['z', 12, 12],
  ])
})

test('what is packed is unpacked, as views of the flat vector', () => {
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

test('groups become stretches as long as they can be', () => {
  expect(stretches(flat)).toEqual([
    {from: 0, to: 7, group: undefined},
    {from: 7, to: 12, group: 'head'},
    {from: 12, to: 12, group: undefined},
  ])
})

test('missing, strange, doubled and wrongly sized trainables are named', () => {
  const one = layout([{name: 'gate', shape: [2]}])
  expect(() => one.pack({})).toThrow('gate: 2 values expected, got none')
  expect(() => one.pack({gate: new Float32Array(3)})).toThrow('gate: 2 values expected, got 3')
  expect(() => one.pack({gate: new Float32Array(2), geat: new Float32Array(2)})).toThrow(
    'not a trainable of this run: geat',
  )
  expect(() => one.unpack(new Float32Array(5))).toThrow('2 trainable values expected, got 5')
  expect(() =>
    layout([
      {name: 'a', shape: []},
      {name: 'gate', shape: []},
      {name: 'gate', shape: [3]},
    ]),
  ).toThrow('two trainable tensors have the same name: gate')
})
