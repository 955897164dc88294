import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {expect, test} from 'vitest'
import {BERT, DEBERTA, DEIT, MODERNBERT, ROBERTA, VIT} from '../../test/models/classifiers.ts'
import {openImagePlace, openTextPlace} from '../../test/support/classify-workplace.ts'
import {tinyRecipe} from '../../test/support/workplace.ts'
import {writeMerged} from '../exchange/merge-model.ts'
import {openAdapter} from '../exchange/open-adapter.ts'
import {openTrained} from '../exchange/open-trained.ts'
import {writeAdapter} from '../exchange/write-adapter.ts'
import {openCheckpoint} from '../weights/checkpoint.ts'
import {readTensor} from '../weights/safetensors.ts'
import {run} from './run.ts'

const TEXTS = {task: 'rte', data: {train: 'train.jsonl', test: {test: 'test.jsonl'}}}
const IMAGES = {task: 'images', data: {train: 'train', test: {test: 'test'}}}
const MODELS = {
  BERT: {open: () => openTextPlace(BERT), ...TEXTS, targets: ['query', 'value'], head: 12 * 12 + 12 + 2 * 12 + 2},
  DeBERTa: {
    open: () => openTextPlace(DEBERTA),
    ...TEXTS,
    targets: ['query_proj', 'value_proj'],
    head: 12 * 12 + 12 + 2 * 12 + 2,
  },
  RoBERTa: {open: () => openTextPlace(ROBERTA), ...TEXTS, targets: ['query', 'value'], head: 12 * 12 + 12 + 2 * 12 + 2},
  ModernBERT: {
    open: () => openTextPlace({...MODERNBERT, num_hidden_layers: 4, attention_bias: true}),
    ...TEXTS,
    targets: ['attn.Wo'],
    head: 12 * 12 + 12 + 2 * 12 + 2,
  },
  ViT: {open: () => openImagePlace(VIT), ...IMAGES, targets: ['query', 'value'], head: 3 * 12 + 3},
  'DeiT with two heads': {
    open: () => openImagePlace(DEIT),
    ...IMAGES,
    targets: ['query', 'value'],
    head: 2 * (3 * 12 + 3),
  },
}

const LAYERS = 2
const WEIGHTS = LAYERS * 2 // of 12 × 12
const BAND = 12 * 3 - 2 + 1 // n(2d + 1) − d(d + 1), and the gate
const METHODS = {
  lora: {adapter: {method: 'lora', rank: 2, alpha: 4, dropout: 0.1}, params: WEIGHTS * 2 * 24},
  dora: {adapter: {method: 'dora', rank: 2, alpha: 4, dropout: 0.1}, params: WEIGHTS * (2 * 24 + 12)},
  vera: {adapter: {method: 'vera', rank: 3, shapes: 'sliced'}, params: WEIGHTS * (3 + 12)},
  boft: {
    adapter: {method: 'boft', b: 2, m: 2, fallback: false, dropout: 0.2},
    params: WEIGHTS * (2 * 6 * 2 * 2 + 12 + 12), // rotations, s, and the biases of the targets
  },
  'svft plain': {adapter: {method: 'svft', pattern: 'plain'}, params: WEIGHTS * 13},
  'svft banded': {adapter: {method: 'svft', pattern: 'banded', diagonals: 1}, params: WEIGHTS * BAND},
  'svft random': {adapter: {method: 'svft', pattern: 'random', diagonals: 1}, params: WEIGHTS * BAND},
  'svft topk': {adapter: {method: 'svft', pattern: 'topk', diagonals: 1}, params: WEIGHTS * BAND},
  head: {adapter: {method: 'head'}, params: 0},
  full: {adapter: {method: 'full'}},
}
const WHOLE = ['head', 'full'] // they have no targets, and nothing that PEFT would call an adapter

/** Methods that meet more of a model than its linear layers: dropout, biases, the head, all tensors. */
const BROAD = ['lora', 'boft', 'head', 'full']
const [[basic, ...basicModel], ...others] = Object.entries(MODELS)

/** The names of a model's tensors that have the same values in another. */
async function equalTensors(...folders: readonly [string, string]): Promise<string[]> {
  const [{tensors}, other] = await Promise.all(folders.map(folder => openCheckpoint(folder)))
  const equal: string[] = []
  for (const [name, stored] of Object.entries(tensors)) {
    if (!Object.hasOwn(other.tensors, name)) continue
    const [values, others] = await Promise.all([stored, other.tensors[name]].map(one => readTensor(one)))
    if (isDeepStrictEqual(values, others)) equal.push(name)
  }
  return equal
}

test.each([
  [basic, 'every method', ...basicModel, Object.keys(METHODS)] as const,
  ...others.map(([name, model]) => [name, BROAD.join(', '), model, BROAD] as const),
])(
  '%s: %s: trains, and its merged checkpoint and its exported adapter answer the same',
  async (_, __, {open, targets, head, ...task}, methods) => {
    const folder = await open()
    process.chdir(folder)
    process.env.SVFT_CACHE = join(folder, 'cache')
    const answers = async (changes: Parameters<typeof tinyRecipe>[1]) => {
      const done = await run(await tinyRecipe(folder, {...task, ...changes}))
      return {...done, said: readFileSync(join(done.folder, 'predictions-test.jsonl'), 'utf8')}
    }
    const said = new Set<string>()
    for (const [name, {adapter, ...counted}] of Object.entries(METHODS)) {
      if (!methods.includes(name)) continue
      const settings = WHOLE.includes(name) ? adapter : {...adapter, targets}
      const trained = await answers({adapter: settings, train: {lr: 2e-2, steps: 2}})
      expect(trained.row, name).toMatchObject({steps: 2, headParams: head, ...counted})
      said.add(trained.said)

      const adapted = await openTrained(trained.folder)
      await writeMerged(adapted, join(folder, `${name} merged`))
      const merged = await answers({model: `${name} merged`, adapter: {method: 'none'}, train: undefined})
      expect(merged.said, name).toBe(trained.said)
      if (name === 'full') expect(await equalTensors(join(folder, `${name} merged`), join(folder, 'model'))).toEqual([])
      if (WHOLE.includes(name)) continue

      await writeAdapter(adapted, join(folder, `${name} alone`))
      const alone = await openAdapter(join(folder, `${name} alone`), join(folder, 'model'))
      await writeMerged(alone, join(folder, `${name} again`))
      const weights = (at: string) => readFileSync(join(folder, at, 'model.safetensors'))
      expect(weights(`${name} again`), name).toEqual(weights(`${name} merged`))
    }
    expect(said.size).toBe(methods.length)
  },
  180_000, // twenty runs
)

test('a model with fewer token types than the tokenizer gives is refused, unless the tokenizer gives it none', async () => {
  const folder = await openTextPlace({...BERT, type_vocab_size: 1})
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const recipe = await tinyRecipe(folder, {...TEXTS, adapter: {method: 'head'}, train: {steps: 1}})
  await expect(run(recipe)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringMatching(
      /model\/config\.json: type_vocab_size is 1, but the tokenizer gives tokens type 1; for type 0, list model_input_names without token_type_ids in tokenizer_config\.json$/,
    ),
  })
  const names = {model_input_names: ['input_ids', 'attention_mask']}
  writeFileSync(join(folder, 'model/tokenizer_config.json'), JSON.stringify(names))
  expect((await run(recipe)).row.steps).toBe(1)
})
