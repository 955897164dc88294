import {readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {enterWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {openKvDecoder} from '../evaluate/kv-decoder.ts'
import {writeMerged} from '../exchange/merge-model.ts'
import {openTrained} from '../exchange/open-trained.ts'
import {openTokenizer} from '../tokenizer/tokenizer.ts'
import {openCheckpoint} from '../weights/checkpoint.ts'
import {readTensor} from '../weights/safetensors.ts'
import {openBlueprint} from './blueprint.ts'
import {type Experiment, openExperiment} from './experiment.ts'
import {run} from './run.ts'

const LORA = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']}

let folder: string
let tokens: number
beforeEach(async () => {
  folder = await enterWorkplace()
  change('tokenizer_config.json', ({pad_token: _, ...rest}) => rest)
  change('config.json', ({pad_token_id: _, ...rest}) => rest)
  rmSync(join(folder, 'model/special_tokens_map.json'))
  tokens = (await openTokenizer(join(folder, 'model'))).vocab
})

type Json = Record<string, unknown>

function change(name: string, by: (json: Json) => Json) {
  const file = join(folder, 'model', name)
  writeFileSync(file, JSON.stringify(by(JSON.parse(readFileSync(file, 'utf8')))))
}

async function logits({engine, model, tensors}: Experiment) {
  if (model.task !== 'causal-lm') throw new Error('no causal model')
  const decoder = openKvDecoder({engine, model, weights: tensors})
  const found = await decoder.start([[5, 6, 7]])
  await decoder.dispose()
  return [...found]
}

test('by the code, [PAD] is a row more, whose logit is the mean of all others; by the paper there is none', async () => {
  const [code, paper] = [
    await openExperiment(await tinyRecipe(folder, {adapter: LORA})),
    await openExperiment(await tinyRecipe(folder, {adapter: LORA, profile: 'paper'})),
  ]
  expect([code.padToken, paper.padToken]).toEqual([tokens, undefined])
  const [ours, theirs] = [await logits(code), await logits(paper)]
  expect([ours.length, theirs.length]).toEqual([tokens + 1, tokens])
  for (const [i, logit] of theirs.entries()) expect(ours[i]).toBeCloseTo(logit, 5)
  expect(ours[tokens]).toBeCloseTo(theirs.reduce((sum, logit) => sum + logit, 0) / tokens, 5)
})

test('a model whose tokenizer has a pad token, or that is not trained, keeps its rows', async () => {
  const paddings = async () => (await openBlueprint(await tinyRecipe(folder, {adapter: LORA}))).padToken
  expect(await paddings()).toBe(tokens)
  expect((await openBlueprint(await tinyRecipe(folder, {adapter: {method: 'none'}}))).padToken).toBeUndefined()
  change('config.json', json => ({...json, pad_token_id: 0}))
  expect(await paddings()).toBe(tokens) // as Llama-2-7b has it: the tokenizer names none
  change('tokenizer_config.json', json => ({...json, pad_token: '<pad>'}))
  expect(await paddings()).toBeUndefined()
})

test('a run with a pad token is scored, and merged into a checkpoint whose tokenizer has it', async () => {
  const recipe = await tinyRecipe(folder, {adapter: {method: 'full'}, train: {steps: 1}})
  const {folder: at, row} = await run(recipe)
  expect(row.params).toBe((await openBlueprint(recipe)).plan.count)
  await writeMerged(await openTrained(at), 'merged')

  const {config, tensors} = await openCheckpoint('merged')
  expect(config.vocab_size).toBe(tokens + 1)
  expect(tensors['model.embed_tokens.weight'].shape).toEqual([tokens + 1, 16])
  const merged = await openTokenizer('merged')
  expect([merged.pad, merged.vocab, merged.piece(tokens)]).toEqual([tokens, tokens + 1, '[PAD]'])
  expect(await merged.encode('Amy has[PAD]')).toContain(tokens)
})

test('rows beyond the tokenizer’s tokens go, as Pythia’s do', async () => {
  const {vocab_size: rows} = JSON.parse(readFileSync(join(folder, 'model/config.json'), 'utf8'))
  change('tokenizer.json', json => {
    const {added_tokens, model} = json as {added_tokens: {id: number}[]; model: {vocab: Record<string, number>}}
    const last = Object.entries(model.vocab).find(([, id]) => id === rows - 1)!
    delete model.vocab[last[0]]
    const merges = (model as {merges?: (string | string[])[]}).merges?.filter(
      merge => [merge].flat().join('').replace(' ', '') !== last[0],
    )
    return {...json, added_tokens, model: {...model, ...(merges ? {merges} : {})}}
  })
  const {padToken, tensors, model} = await openExperiment(await tinyRecipe(folder, {adapter: LORA}))
  expect(padToken).toBe(rows - 1)
  const old = (await openCheckpoint(join(folder, 'model'))).tensors['model.embed_tokens.weight']
  const [before, after] = [await readTensor(old), await readTensor(tensors['model.embed_tokens.weight'])]
  expect(model.shapes['model.embed_tokens.weight'][0]).toBe(rows)
  expect(after.slice(0, -16)).toEqual(before.slice(0, -16))
  expect(after.slice(-16)).not.toEqual(before.slice(-16))
})
