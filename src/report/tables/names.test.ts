import {expect, test} from 'vitest'
import {labelsOf} from './names.ts'

const entry = (recipe: string, method: string, settings: string) => ({recipe: `s/${recipe}`, method, settings})

const labels = (...entries: readonly ReturnType<typeof entry>[]) => [...labelsOf(entries).values()]

test('a method has its name and what tells it from its siblings, and no more than that', () => {
  expect(
    labels(
      entry('a', 'lora', 'r=1 α=2'),
      entry('b', 'lora', 'r=8 α=16'),
      entry('c', 'svft', 'plain'),
      entry('d', 'full', ''),
    ),
  ).toEqual(['LoRA r=1', 'LoRA r=8', 'SVFT plain', 'Full'])
})

test('recipes that differ in α alone are told apart by it', () => {
  expect(labels(entry('a', 'lora', 'r=8 α=16'), entry('b', 'lora', 'r=8 α=32'), entry('c', 'lora', 'r=1 α=2'))).toEqual(
    ['LoRA r=8 α=16', 'LoRA r=8 α=32', 'LoRA r=1'],
  )
})

test('recipes that differ in what no setting tells, as targets or learning rates, are told apart by their names', () => {
  expect(
    labels(
      entry('lora-qv', 'lora', 'r=8 α=16'),
      entry('lora-all', 'lora', 'r=8 α=16'),
      entry('lora-32', 'lora', 'r=8 α=32'),
      entry('full', 'full', ''),
      entry('full-slow', 'full', ''),
    ),
  ).toEqual(['LoRA r=8 (lora-qv)', 'LoRA r=8 (lora-all)', 'LoRA r=8 (lora-32)', 'Full (full)', 'Full (full-slow)'])
})
