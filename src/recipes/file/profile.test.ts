import {expect, test} from 'vitest'
import {applyProfile} from './profile.ts'

const svft = (changes: object = {}) => ({
  task: 'gsm8k',
  adapter: {method: 'svft', pattern: 'random', diagonals: 2, targets: ['q_proj']},
  train: {lr: 1e-3, steps: 1, batch: 1},
  ...changes,
})
const valuesOf = (written: object) =>
  Object.fromEntries(applyProfile(written).decisions.map(({key, value}) => [key, value]))

test('a recipe follows the official code where it says nothing', () => {
  expect(valuesOf(svft())).toEqual({
    'adapter.gate': true,
    'adapter.init': 'kaiming',
    'adapter.basis': 'thin',
    'adapter.sampling': 'replacement',
    'adapter.topk': 'code',
    'adapter.match': 'substring',
    'train.scheduleLength': 'all-steps',
    'train.weightDecay': 0,
    'train.clip': 1,
    'train.padToken': 'added',
    'train.weighting': 'micro-batches',
    'evaluate.prompt': 'official',
  })
  expect(valuesOf(svft({profile: 'official-code'}))).toEqual(valuesOf(svft()))
})

test('profile paper decides as the paper says', () => {
  expect(valuesOf(svft({profile: 'paper'}))).toMatchObject({
    'adapter.gate': false,
    'adapter.init': 'zeros',
    'adapter.basis': 'thin',
    'adapter.sampling': 'distinct',
    'adapter.topk': 'paper',
    'adapter.match': 'suffix',
  })
})

test('what a recipe writes wins over either profile, and says so', () => {
  const adapter = {method: 'svft', pattern: 'plain', gate: true, init: 'kaiming', targets: ['q_proj']}
  const {decided, decisions} = applyProfile(svft({profile: 'paper', adapter}))
  expect(decided).toMatchObject({adapter: {gate: true, init: 'kaiming', sampling: 'distinct'}})
  const origins = Object.fromEntries(decisions.map(({key, origin}) => [key, origin]))
  expect(origins).toMatchObject({'adapter.gate': 'recipe', 'adapter.init': 'recipe', 'adapter.sampling': 'paper'})
})

test('α follows the rank: as equation 3 has it, or twice as the scripts do', () => {
  const lora = (profile: string) => ({profile, task: 'gsm8k', adapter: {method: 'lora', rank: 32, targets: ['q_proj']}})
  expect(valuesOf(lora('paper'))).toMatchObject({'adapter.alpha': 32, 'adapter.dropout': 0})
  expect(valuesOf(lora('official-code'))).toMatchObject({'adapter.alpha': 64, 'adapter.dropout': 0})
})

test('only the switches of the method are decided; nothing about training where there is none', () => {
  expect(valuesOf({task: 'gsm8k', adapter: {method: 'full'}})).toEqual({'evaluate.prompt': 'official'})
  expect(Object.keys(valuesOf({...svft(), adapter: {method: 'none'}}))).toEqual(['evaluate.prompt'])
  expect(Object.keys(valuesOf({...svft(), adapter: {method: 'full'}}))).toEqual([
    'train.scheduleLength',
    'evaluate.prompt',
    'train.weightDecay',
    'train.clip',
    'train.padToken',
    'train.weighting',
  ])
})

test('what is no recipe passes through, for the schema to refuse', () => {
  for (const written of [undefined, 'svft', [], {adapter: 'svft', train: 3}, {adapter: {}, profile: 7}]) {
    expect(applyProfile(written).decided).toEqual(written)
  }
})

test('the text of tests is decided in every recipe whose answers are written, with an evaluate block or without', () => {
  for (const changes of [{}, {evaluate: {batch: 4}}, {task: 'boolq'}]) {
    expect(applyProfile(svft(changes)).decided).toMatchObject({evaluate: {prompt: 'official'}})
  }
  const own = applyProfile(svft({evaluate: {prompt: 'training'}})).decisions.find(({key}) => key === 'evaluate.prompt')
  expect(own).toEqual({key: 'evaluate.prompt', value: 'training', origin: 'recipe'})
  for (const task of ['cola', 'cifar100']) expect(valuesOf(svft({task}))).not.toHaveProperty('evaluate.prompt')
})

test('commonsense holds 120 examples out by the code, none by the paper', () => {
  const heldOut = (changes: object) => valuesOf(svft({task: 'commonsense', ...changes}))['train.heldOut']
  expect([heldOut({}), heldOut({profile: 'paper'}), heldOut({task: 'gsm8k'})]).toEqual([120, 0, undefined])
})
