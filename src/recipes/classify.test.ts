import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BERT, DEBERTA, VIT} from '../../test/models/classifiers.ts'
import {openImagePlace, openTextPlace} from '../../test/support/classify-workplace.ts'
import {dataWarning} from '../../test/support/data-warning.ts'
import {tinyRecipe} from '../../test/support/workplace.ts'
import {sha256} from '../base/sha256.ts'
import {writeMerged} from '../exchange/merge-model.ts'
import {openTrained} from '../exchange/open-trained.ts'
import {rescore} from '../exchange/rescore.ts'
import {writeAdapter} from '../exchange/write-adapter.ts'
import type {ModelConfig} from '../models/config.ts'
import type {RunEvent} from './events.ts'
import {run} from './run.ts'

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
  const {row, folder} = await run(await recipe(), {onEvent: event => events.push(event)})
  expect(row).toMatchObject({method: 'lora', steps: title === 'ViT' ? 12 : 15, scores: {test: {metric: 'accuracy'}}})
  const lines = readFileSync(join(folder, 'predictions-test.jsonl'), 'utf8').trim().split('\n')
  expect(lines).toHaveLength(row.scores.test.n)
  expect(JSON.parse(lines[0])).toMatchObject({index: 0, label: 0})
  expect(events.map(({type}) => type)).toContain('progress')
})

/** Amid an epoch, at its end, after its score; while the first epoch is scored, and while the last is. */
const STOPS = [
  ['step', 3],
  ['step', 4],
  ['epoch', 1],
  ['score', 1],
  ['score', 5],
] as const

/** The newest state of a run: its tensors' bytes, and its numbers but for times. */
function stateOf(folder: string) {
  const newest = readdirSync(join(folder, 'checkpoints')).sort().at(-1) ?? ''
  const at = (name: string) => join(folder, 'checkpoints', newest, name)
  const {seconds: _, scores, ...state} = JSON.parse(readFileSync(at('state.json'), 'utf8'))
  const told = scores.map(({step, score}: {step: number; score: number}) => ({step, score}))
  return {
    ...state,
    scores: told,
    tensors: sha256(readFileSync(at('state.safetensors'))),
  }
}

test.each(Object.keys(MODELS))(
  '%s: the best epoch is kept, with the same bits wherever it was stopped',
  async title => {
    const {recipe} = await place(title)
    const keep = {train: {keep: 'best', keepBy: 'test', saveEvery: 1}}
    const straight = await run(await recipe(keep))
    const expected = stateOf(straight.folder)
    const epochs = JSON.parse(readFileSync(join(straight.folder, 'epochs.json'), 'utf8'))
    const best = Math.max(...expected.scores.map(({score}: {score: number}) => score))
    expect(expected.scores).toHaveLength(3)
    const {metric} = straight.row.scores.test
    expect(epochs).toEqual({split: 'test', metric, scores: expected.scores, best: expected.best.step})
    expect(straight.row.scores.test.score).toBe(best)
    expect(expected.best).toEqual(expected.scores.find(({score}: {score: number}) => score === best))
    const answers = readFileSync(join(straight.folder, 'predictions-test.jsonl'), 'utf8')

    for (const [type, place] of STOPS) {
      rmSync(join(straight.folder, '..'), {recursive: true})
      const stop = new AbortController()
      let seen = 0
      const onEvent = (event: RunEvent) => {
        const counts =
          type === 'score' ? event.type === 'progress' && event.what.startsWith('score') : event.type === type
        if (counts && ++seen === place) stop.abort()
      }
      await expect(run(await recipe(keep), {onEvent, signal: stop.signal})).rejects.toThrow('aborted')
      await run(await recipe(keep))
      expect(stateOf(straight.folder)).toEqual(expected)
      expect(readFileSync(join(straight.folder, 'predictions-test.jsonl'), 'utf8')).toBe(answers)
      expect(readdirSync(straight.folder).filter(name => name.startsWith('epoch-'))).toEqual([])
    }
  },
)

test('head only: the head is drawn and trained, with a rate of its own, and not counted', async () => {
  const {recipe} = await place('DeBERTa', {adapter: {method: 'head'}})
  const {row} = await run(await recipe({train: {lrs: {'classifier.*': 4e-3}}}))
  expect(row).toMatchObject({params: 0, headParams: 12 * 12 + 12 + 2 * 12 + 2})
})

test('texts that are truncated are counted in a warning, for each split', async () => {
  const {recipe} = await place('BERT')
  const warnings: string[] = []
  const onEvent = (event: RunEvent) => warnings.push(...dataWarning(event))
  await run(await recipe({train: {maxTokens: 3}}), {onEvent})
  expect(warnings).toEqual(
    ['train: 20 of 20', 'test: 8 of 8'].map(counts =>
      expect.stringContaining(`${counts} texts are truncated (train.maxTokens keeps 3 tokens), the first in `),
    ),
  )
})

test('texts that are empty or blank are counted in a warning; of a pair, one may be', async () => {
  const {folder, recipe} = await place('BERT')
  const pairs = [
    ['a', 'a'],
    ['', ' '],
    ['', 'b'],
    ['c', 'd'],
    ['', ''],
  ]
  const lines = pairs.map(([sentence1, sentence2], i) => JSON.stringify({sentence1, sentence2, label: i % 2}))
  writeFileSync(join(folder, 'train.jsonl'), lines.join('\n'))
  const warnings: string[] = []
  const onEvent = (event: RunEvent) => warnings.push(...dataWarning(event))
  await run(await recipe({train: {epochs: 1, batch: 4}}), {onEvent})
  expect(warnings).toEqual([expect.stringMatching(/^train: 2 of 5 texts are empty, the first in \S*train\.jsonl:2$/)])
})

test('regression is scored by its correlation, and again from the predictions', async () => {
  const {folder, recipe} = await place('BERT', {task: 'stsb'})
  const {row, folder: at, results} = await run(await recipe())
  expect(row.scores.test).toMatchObject({metric: 'pearson', n: 8})
  expect(readFileSync(results ?? '', 'utf8')).toContain('test_score,test_metric,test_n')
  expect((await rescore(at)).row).toEqual(row)
  expect(folder).toBe(process.cwd())
})

test('few-shot subsets come from train by the seed, validation out of what is left', async () => {
  const {recipe} = await place('ViT')
  const data = {train: 'train', test: {test: 'test'}, perClass: {train: 3, validation: 2}}
  const {row} = await run(await recipe({data, evaluate: {splits: ['validation', 'test']}}))
  expect(row).toMatchObject({steps: 9, scores: {validation: {n: 6}, test: {n: 6}}})
  const poor = {...data, perClass: {train: 4, validation: 2}}
  await expect(run(await recipe({data: poor, evaluate: {splits: ['validation']}}))).rejects.toMatchObject({
    kind: 'input',
    message: `${process.cwd()}/train: 6 examples of each class are needed, but blue has 5`,
  })
})

test.each([
  ['rte', {train: {keep: 'best'}}, 'train.keep: best needs train.keepBy, the split that decides which epoch is best'],
  ['rte', {train: {keepBy: 'test'}}, 'train.keepBy is only for train.keep: best; leave it out'],
  ['rte', {train: {keep: 'best', keepBy: 'validation'}}, 'unknown split: validation; known: test'],
  [
    'stsb',
    {data: {train: 'a', test: {a: 'b'}, perClass: {train: 1}}},
    'data.perClass is only for tasks with classes, not for stsb',
  ],
  ['rte', {data: {train: 'a', test: {a: 'b'}, orient: true}}, 'data.orient is only for image tasks, not for rte'],
])('a recipe of %s with %j is refused', async (task, changes, message) => {
  const {recipe} = await place('BERT', {task})
  await expect(recipe(changes)).rejects.toMatchObject({kind: 'recipe', message: expect.stringContaining(message)})
})

test.each([
  ['BERT', 'not_entailment'],
  ['ViT', 'green'],
])('%s: a merged model has the names of the classes, also by way of its adapter', async (title, second) => {
  const {folder, recipe} = await place(title)
  const file = join(folder, 'model/config.json')
  const named = {id2label: {0: 'NO', 1: 'YES', ...(title === 'ViT' ? {2: 'MAYBE'} : {})}}
  writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), ...named}))
  const {folder: at} = await run(await recipe({train: {epochs: 1}}))
  const trained = await openTrained(at)
  await writeMerged(trained, 'merged')
  await writeAdapter(trained, 'adapter')
  await writeMerged(await openTrained('adapter'), 'again')
  for (const out of ['merged', 'again']) {
    const {id2label, label2id} = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))
    expect(id2label[1]).toBe(second)
    expect(label2id[second]).toBe(1)
    expect(Object.keys(id2label)).toHaveLength(title === 'ViT' ? 3 : 2)
  }
  writeFileSync('adapter/classes.json', '["one"]')
  await expect(openTrained('adapter')).rejects.toThrow('adapter/classes.json: names 1, but the model has ')
})
