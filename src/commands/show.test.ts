import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'
import {readRecipe} from '../recipes/file/read.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  writeRecipe(folder)
  writeFileSync(join(folder, 'mine.yaml'), 'extends: tiny.yaml\nadapter:\n  diagonals: 2\ntrain: {lr: 1e-3}\n')
})

test('every value is printed with its origin: file and line, flag, profile or default', async () => {
  const {stdout, exitCode} = await svft(folder, ['show', 'mine.yaml', '--set', 'seed=7'])
  expect(exitCode).toBe(0)
  expect(stdout).toMatchInlineSnapshot(`
    "name: mine # the file's own name
    task: gsm8k # tiny.yaml:1
    profile: official-code # default
    model:
      path: model # tiny.yaml:1
    data:
      train: train.jsonl # tiny.yaml:1
      test:
        test: test.jsonl # tiny.yaml:1
    adapter:
      method: svft # tiny.yaml:1
      pattern: banded # tiny.yaml:1
      diagonals: 2 # mine.yaml:3
      basis: thin # default
      gate: true # profile official-code
      init: kaiming # profile official-code
      sampling: replacement # profile official-code
      topk: code # profile official-code
      targets: [ q_proj, down_proj ] # tiny.yaml:1
      match: substring # profile official-code
    train:
      lr: 0.001 # mine.yaml:4
      lrs: {} # default
      steps: 4 # tiny.yaml:1
      batch: 4 # tiny.yaml:1
      microBatch: 2 # tiny.yaml:1
      weighting: micro-batches # default
      warmup: 0 # default
      schedule: linear # default
      scheduleLength: all-steps # default
      weightDecay: 0 # default
      clip: 1 # default
      betas: [ 0.9, 0.999 ] # default
      eps: 1e-8 # default
      padToken: added # profile official-code
      heldOut: 0 # default
      maxTokens: 96 # tiny.yaml:1
      keep: last # default
      recompute: false # default
    evaluate:
      maxNewTokens: 2 # tiny.yaml:1
      batch: 3 # tiny.yaml:1
      prompt: official # default
      splits: [ test ] # default
    seed: 7 # --set seed=7
    engine: onnx # default
    threads: 1 # tiny.yaml:1"
  `)
})

test('rows that print another value for the recipe, or its scores for another pattern, are named in lines at the end', async () => {
  const recipe = 'configs/gsm8k/gemma-7b/svft-random-d16.yaml'
  const {stdout, exitCode} = await svft(ROOT, ['show', recipe])
  expect(exitCode).toBe(0)
  expect(String(stdout).trimEnd().split('\n').slice(-2)).toEqual([
    '# NeurIPS 2024 prints gsm8k 76.35, math 29.86 (n7.g7.random16)',
    '# NeurIPS 2024 prints the same gsm8k 76.81, math 29.98 for banded (n7.g7.banded16)',
  ])
  expect((await svft(ROOT, ['show', 'configs/gsm8k/gemma-2b/lora-r1.yaml'])).stdout).not.toContain(' prints ')
})

test('the output is a recipe with the same values', async () => {
  const shown = await svft(folder, ['show', 'mine.yaml'])
  writeFileSync(join(folder, 'shown.yaml'), String(shown.stdout))
  const [mine, again] = await Promise.all(
    ['mine.yaml', 'shown.yaml'].map(async file => {
      const {stdout} = await svft(folder, ['show', file, '--json'])
      return JSON.parse(String(stdout)).result
    }),
  )
  expect(again.recipe).toEqual(mine.recipe)
  expect(mine.origins).toContainEqual({path: ['train', 'lr'], value: 1e-3, from: 'mine.yaml:4'})
})

test('hub sources are printed as a recipe names them, and read back the same', async () => {
  const commit = '0'.repeat(40)
  const hub = {hub: 'openai/gsm8k', file: 'main/test-*.parquet'}
  const data = {train: {...hub, revision: commit}, test: {gsm8k: hub, test: 'test.jsonl'}}
  writeRecipe(folder, {model: {hub: 'google/gemma-2b'}, data}, 'hub.yaml')
  const shown = String((await svft(folder, ['show', 'hub.yaml'])).stdout)
  expect(shown).toContain('model: { hub: google/gemma-2b } # hub.yaml:')
  expect(shown).toMatch(
    /\n {2}train: \{ hub: openai\/gsm8k, file: main\/test-\*\.parquet, revision: "?0{40}"? \} # hub\.yaml:/,
  )
  writeFileSync(join(folder, 'hub-shown.yaml'), shown)
  const [one, again] = await Promise.all(['hub.yaml', 'hub-shown.yaml'].map(file => readRecipe(join(folder, file))))
  expect(again.recipe).toEqual({...one.recipe, name: again.recipe.name})
})

test('the first training example is printed as the model reads it', async () => {
  const {stdout, exitCode} = await svft(folder, ['show', 'mine.yaml', '--example'])
  expect(exitCode).toBe(0)
  expect(String(stdout).replaceAll(folder, '')).toMatchInlineSnapshot(`
    "first training example: /train.jsonl:1
      Below is an instruction that describes a task. Write a response that appropriately completes the request.

      ### Instruction:
      Amy has 0 cups. She buys 2 more. How many cups?

      ### Response:
    > 0+2=2. The answer is: 2</s>
    29 tokens, of which 9 count for the loss (the lines with >)"
  `)
  const {stdout: json} = await svft(folder, ['show', 'mine.yaml', '--example', '--json', '--set', 'train.maxTokens=25'])
  const {example, ...shown} = JSON.parse(String(json)).result
  expect(shown).toMatchObject({
    recipe: {task: 'gsm8k'},
    files: expect.arrayContaining([join(folder, 'mine.yaml')]),
    origins: expect.any(Array),
  })
  expect(example).toMatchObject({tokens: 25, warnings: [expect.stringContaining('train.maxTokens keeps 25')]})
  expect(example.parts.map(({counts}: {counts: boolean}) => counts)).toEqual([false, true])

  const lines = readFileSync(join(folder, 'train.jsonl'), 'utf8').split('\n')
  const [first] = lines
  const long = {...JSON.parse(first), query: 'How many cups? '.repeat(40)}
  writeFileSync(join(folder, 'long.jsonl'), [JSON.stringify(long), ...lines].join('\n'))
  const flags = ['--example', '--set', 'data.train=long.jsonl', '--set', 'train.maxTokens=64']
  const next = await svft(folder, ['show', 'mine.yaml', ...flags]) // the first leaves no room for an answer
  expect(String(next.stdout)).toContain('first training example: ')
  expect(String(next.stdout)).toContain('long.jsonl:2\n')
})

test('without training there is no example to print', async () => {
  const {stderr, exitCode} = await svft(folder, ['show', 'mine.yaml', '--example', '--set', 'adapter={method: none}'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('mine: method none trains on no example')
})
