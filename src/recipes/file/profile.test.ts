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
    'adapter.sampling': 'replacement',
    'adapter.topk': 'code',
    'adapter.match': 'substring',
    'train.padToken': 'added',
  })
  expect(valuesOf(svft({profile: 'official-code'}))).toEqual(valuesOf(svft()))
})

test('profile paper decides as the paper says', () => {
  expect(valuesOf(svft({profile: 'paper'}))).toMatchObject({
    'adapter.gate': false,
    'adapter.init': 'zeros',
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
  expect(valuesOf(lora('paper'))).toMatchObject({'adapter.alpha': 32})
  expect(valuesOf(lora('official-code'))).toMatchObject({'adapter.alpha': 64})
})

test('only the switches of the method are decided; nothing about training where there is none', () => {
  expect(valuesOf({task: 'gsm8k', adapter: {method: 'full'}})).toEqual({})
  expect(valuesOf({...svft(), adapter: {method: 'none'}})).toEqual({})
  expect(valuesOf({...svft(), adapter: {method: 'full'}})).toEqual({'train.padToken': 'added'})
})

test('defaults that depend on the family of the task are filled in, and are no decisions of a profile', () => {
  const train = (task: string, more: object = {}) => {
    const {decided, decisions} = applyProfile({...svft({task}), train: {lr: 1e-3, steps: 1, batch: 1, ...more}})
    expect(decisions.map(({key}) => key)).not.toContain('train.weighting')
    return decided
  }
  expect(train('gsm8k')).toMatchObject({train: {weighting: 'micro-batches', weightDecay: 0}})
  expect(train('cola')).toMatchObject({train: {weighting: 'examples', weightDecay: 0}})
  expect(train('cifar100')).toMatchObject({train: {weighting: 'examples', weightDecay: 0.01}})
  expect(train('cifar100', {weightDecay: 0})).toMatchObject({train: {weightDecay: 0}})
})

test('what is no recipe passes through, for the schema to refuse', () => {
  for (const written of [undefined, 'svft', [], {adapter: 'svft', train: 3}, {adapter: {}, profile: 7}]) {
    expect(applyProfile(written).decided).toEqual(written)
  }
})

test('commonsense holds 120 examples out by the code, none by the paper', () => {
  const heldOut = (changes: object) => valuesOf(svft({task: 'commonsense', ...changes}))['train.heldOut']
  expect([heldOut({}), heldOut({profile: 'paper'}), heldOut({task: 'gsm8k'})]).toEqual([120, 0, undefined])
})
