import {readdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BERT, DEBERTA, VIT} from '../../test/classifiers.ts'
import {openImagePlace, openTextPlace} from '../../test/classify-workplace.ts'
import {tinyRecipe} from '../../test/workplace.ts'
import type {ModelConfig} from '../models/config.ts'
import type {RunEvent} from './events.ts'
import {type RunResult, run} from './run.ts'
import type {Recipe} from './schema.ts'

const LORA = {method: 'lora', rank: 2, alpha: 4, dropout: 0.1, targets: ['query', 'value']}
const MODELS: Readonly<Record<string, {config: ModelConfig; targets: readonly string[]; task: string}>> = {
  BERT: {config: BERT, targets: ['query', 'value'], task: 'rte'},
  DeBERTa: {config: DEBERTA, targets: ['query_proj', 'value_proj'], task: 'rte'},
  ViT: {config: VIT, targets: ['query', 'value'], task: 'images'},
}
type Title = keyof typeof MODELS

/** A workplace for the model, and a recipe there. */
async function place(title: Title, changes: Parameters<typeof tinyRecipe>[1] = {}) {
  const {config, task, targets} = MODELS[title]
  const folder = await (task === 'images' ? openImagePlace : openTextPlace)(config)
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const data =
    task === 'images' ? {train: 'train', test: {test: 'test'}} : {train: 'train.jsonl', test: {test: 'test.jsonl'}}
  const recipe = (more: Parameters<typeof tinyRecipe>[1] = {}) =>
    tinyRecipe(folder, {
      task,
      data,
      adapter: {...LORA, targets},
      ...changes,
      ...more,
      train: {lr: 2e-2, steps: undefined, epochs: 3, microBatch: 4, ...changes.train, ...more.train},
    })
  return {folder, recipe}
}

test.each(Object.keys(MODELS))('%s: a run trains adapter and head, classifies, and writes its row', async title => {
  const {recipe} = await place(title)
  const events: RunEvent[] = []
  const {row, folder} = await run(await recipe(), {tell: event => events.push(event)})
  expect(row).toMatchObject({method: 'lora', steps: title === 'ViT' ? 12 : 15, scores: {test: {metric: 'accuracy'}}})
  const lines = readFileSync(join(folder, 'predictions-test.jsonl'), 'utf8').trim().split('\n')
  expect(lines).toHaveLength(row.scores.test.n)
  expect(JSON.parse(lines[0])).toMatchObject({index: 0, label: 0})
  expect(events.map(({type}) => type)).toContain('progress')
})
