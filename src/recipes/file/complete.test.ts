import {expect, test} from 'vitest'
import {canonical} from './canonical.ts'
import {completeRecipe} from './complete.ts'
import {applyProfile} from './profile.ts'
import {type Recipe, schema} from './schema.ts'

const parse = (written: object) => schema.parse(applyProfile(written).decided)

function recipe(changes: object = {}, name = 'x'): Recipe {
  const written = parse({
    task: 'gsm8k',
    model: 'mini',
    data: {train: 'a', validation: 'v', test: {gsm8k: 'b'}},
    adapter: {method: 'lora', rank: 1, alpha: 2, targets: ['q_proj']},
    train: {lr: 1, epochs: 1, batch: 8},
    ...changes,
  })
  return completeRecipe(written, {name, toAbsolute: path => `/there/${path}`})
}

test('every path is resolved, given its position in the written recipe', () => {
  const asked: string[] = []
  const place = (path: string, at: readonly string[]) => {
    asked.push(`${at.join('.')}=${path}`)
    return path
  }
  const written = (model: unknown) =>
    parse({
      task: 'gsm8k',
      model,
      data: {train: 'a', validation: 'v', test: {x: 'b', y: 'c'}},
      adapter: {method: 'none'},
    })
  completeRecipe(written('mini'), {name: 'x', toAbsolute: place})
  expect(asked).toEqual(['model=mini', 'data.train=a', 'data.validation=v', 'data.test.x=b', 'data.test.y=c'])
  asked.length = 0
  completeRecipe(written({config: 'mini', init: 'random'}), {name: 'x', toAbsolute: place})
  expect(asked[0]).toBe('model.config=mini')
})

test('recipes that train the same have the same canonical text', () => {
  const text = canonical(recipe())
  expect(canonical(recipe({threads: 4, paper: {cell: 'x'}}, 'y'))).toBe(text)
  expect(canonical(recipe({model: 'elsewhere'}))).toBe(text)
  expect(canonical(recipe({train: {batch: 8, microBatch: 8, epochs: 1, lr: 1, saveEvery: 5}}))).toBe(text)
  expect(canonical(recipe({profile: 'official-code'}))).toBe(text)
  expect(canonical(recipe({device: 'cpu'}))).toBe(text)
  const files = {train: 'a.jsonl', test: {gsm8k: 'b.jsonl'}}
  expect(canonical(recipe({data: {...files, orient: false}}))).toBe(canonical(recipe({data: files})))
  expect(canonical(recipe({data: {...files, orient: true}}))).not.toBe(canonical(recipe({data: files})))
  expect(canonical(recipe({train: {lr: 1, epochs: 1, batch: 8, weighting: 'micro-batches'}}))).toBe(text)
  expect(canonical(recipe({adapter: {method: 'lora', rank: 1, targets: ['q_proj'], match: 'substring'}}))).toBe(text)
  expect(canonical(recipe({evaluate: {prompt: 'official'}}))).toBe(text)
  const svft = (more: object) =>
    canonical(recipe({adapter: {method: 'svft', pattern: 'plain', targets: ['q'], ...more}}))
  expect(svft({basis: 'thin'})).toBe(svft({}))
  expect(svft({})).not.toContain('basis')
  expect(svft({basis: 'full'})).not.toBe(svft({}))
  expect(text).not.toContain('there')
})

test('recipes that train otherwise have another canonical text', () => {
  const text = canonical(recipe())
  expect(canonical(recipe({seed: 1}))).not.toBe(text)
  expect(canonical(recipe({evaluate: {prompt: 'training'}}))).not.toBe(text)
  expect(canonical(recipe({device: 'webgpu'}))).not.toBe(text)
  expect(canonical(recipe({profile: 'paper'}))).not.toBe(text)
  expect(canonical(recipe({train: {lr: 1, epochs: 1, batch: 8, scheduleLength: 'whole-batches'}}))).not.toBe(text)
  expect(canonical(recipe({train: {lr: 1, epochs: 1, batch: 8, weighting: 'tokens'}}))).not.toBe(text)
  expect(canonical(recipe({train: {lr: 1, epochs: 1, batch: 8, weighting: 'examples'}}))).not.toBe(text)
  expect(canonical(recipe({train: {lr: 2, epochs: 1, batch: 8}}))).not.toBe(text)
  expect(canonical(recipe({model: {config: 'mini', init: 'random'}}))).not.toBe(text)
  expect(canonical(recipe({data: {train: 'a', validation: 'v', test: {math: 'b'}}}))).not.toBe(text)
})
