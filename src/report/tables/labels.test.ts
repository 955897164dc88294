import {expect, test} from 'vitest'
import {entryLabels} from './labels.ts'

const entry = (recipe: string, method: string, settings: string) => ({
  name: `s/${recipe}`,
  recipe: `s/${recipe}`,
  method,
  settings,
})

const labels = (...entries: Parameters<typeof entryLabels>[0]) => entries.map(entryLabels(entries))

test('a label is the name of the method and the settings in which it differs', () => {
  expect(
    labels(
      entry('a', 'lora', 'r=1 α=2'),
      entry('b', 'lora', 'r=8 α=16'),
      entry('c', 'svft', 'plain'),
      entry('d', 'full', ''),
    ),
  ).toEqual(['LoRA r=1', 'LoRA r=8', 'SVFT plain', 'Full'])
})

test('labels of recipes that differ only in α have it', () => {
  expect(labels(entry('a', 'lora', 'r=8 α=16'), entry('b', 'lora', 'r=8 α=32'), entry('c', 'lora', 'r=1 α=2'))).toEqual(
    ['LoRA r=8 α=16', 'LoRA r=8 α=32', 'LoRA r=1'],
  )
})

test('labels of recipes that differ in no setting, as in targets or learning rates, have the name of the recipe', () => {
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

test('rows in bfloat16 differ from rows in float32, whether a recipe or overrides chose it', () => {
  const own = {...entry('lora-bf16', 'lora', 'r=8 α=16'), precision: 'bf16'} as const
  const overridden = {
    ...entry('svft', 'svft', 'plain'),
    name: 's/svft engine=openvino precision=bf16 train.lr=0.1',
    precision: 'bf16',
    set: 'engine=openvino precision=bf16 train.lr=0.1',
  } as const
  expect(labels(entry('lora', 'lora', 'r=8 α=16'), own, entry('svft', 'svft', 'plain'), overridden)).toEqual([
    'LoRA r=8',
    'LoRA r=8 bf16',
    'SVFT plain',
    'SVFT plain bf16 lr=0.1',
  ])
})

test('a precision that all rows share is in no label', () => {
  const bf16 = (recipe: string, settings: string) => ({...entry(recipe, 'lora', settings), precision: 'bf16'}) as const
  expect(labels(bf16('a', 'r=1'), bf16('b', 'r=8'))).toEqual(['LoRA r=1', 'LoRA r=8'])
})

test('overrides follow a label, except those that all entries share', () => {
  const swept = (lr: string) => ({
    ...entry('a', 'svft', 'plain'),
    name: `s/a ${lr}`,
    set: `train.epochs=1 train.lr=${lr}`,
  })
  const whole = {...entry('a', 'svft', 'plain'), name: 's/a'}
  expect(labels(swept('0.001'), swept('0.05'))).toEqual(['SVFT plain lr=0.001', 'SVFT plain lr=0.05'])
  expect(labels(whole, swept('0.05'), {...entry('b', 'full', ''), set: 'model.path=x'})).toEqual([
    'SVFT plain',
    'SVFT plain epochs=1 lr=0.05',
    'Full model.path=x',
  ])
})

test('a label leaves out an override that its settings show, unless two labels would be equal', () => {
  const swept = (recipe: string, settings: string, set: string) => ({
    ...entry(recipe, recipe.startsWith('lora') ? 'lora' : 'svft', settings),
    name: `s/${recipe} ${set}`,
    set,
  })
  expect(
    labels(
      entry('svft', 'svft', 'plain'),
      swept('svft', 'plain no gate zeros', 'adapter.gate=false adapter.init=zeros train.lr=0.1'),
      swept('svft', 'banded d=2', 'adapter.pattern=banded adapter.diagonals=2'),
      entry('lora', 'lora', 'r=8'),
      swept('lora', 'r=8', 'adapter.rank=8'),
      swept('lora', 'r=4', 'adapter.rank=4'),
    ),
  ).toEqual([
    'SVFT plain',
    'SVFT plain no gate zeros lr=0.1',
    'SVFT banded d=2',
    'LoRA r=8 (lora)',
    'LoRA r=8 (lora) rank=8',
    'LoRA r=4',
  ])
})
