import {writeFileSync} from 'node:fs'
import {beforeAll, expect, test} from 'vitest'
import {enterWorkplace} from '../../../../test/support/workplace.ts'
import {Fault} from '../../../base/fault.ts'
import {openExperiment} from '../../experiment.ts'
import {readRecipe} from '../read.ts'
import {locateFault, locateFaults} from './locate-faults.ts'

let folder: string
beforeAll(async () => {
  folder = await enterWorkplace()
  writeFileSync(
    'base.yaml',
    `task: gsm8k
model: model
data: {train: train.jsonl, test: {test: test.jsonl}}
train: {lr: 1e-2, steps: 4, batch: 4, maxTokens: 96}
`,
  )
})

/** What is said of a recipe with these lines below `extends`. */
async function told(lines: string, {base = 'base.yaml', set = [] as readonly string[]} = {}): Promise<string> {
  writeFileSync('own.yaml', `extends: ${base}\n${lines}\n`)
  const {recipe, tree} = await readRecipe('own.yaml', {set})
  return locateFaults(tree, async () => {
    await openExperiment(recipe)
    return 'nothing'
  }).catch(error => error.message.replaceAll(folder, '~'))
}

const SVFT = 'adapter: {method: svft, pattern: banded, diagonals: 1, targets: [q_proj]}'
const topk = (rest: string) => `adapter: {method: svft, pattern: topk, targets: [k_proj], ${rest}}`

test.each<[name: string, lines: string, message: RegExp]>([
  [
    'a target',
    'adapter: {method: lora, rank: 1, alpha: 1, targets: [q_proj, v_prj]}',
    /^own\.yaml:2:62: adapter\.targets: no module .* v_prj; did you mean v_proj\?/,
  ],
  [
    'a target outside of all blocks',
    'adapter: {method: lora, rank: 1, targets: [embed_tokens]}',
    /^own\.yaml:2:34: adapter\.targets: not a linear layer in a block: model\.embed_tokens\n/,
  ],
  ['a method', 'adapter: {method: head}', /^own\.yaml:2:19: adapter\.method: head trains the layers/],
  [
    'a group of rates',
    `${SVFT}\ntrain: {lrs: {'*.gat': 1e-3}}`,
    /^own\.yaml:3:24: train\.lrs: no trainable matches \*\.gat; did you mean \*\.gate\? /,
  ],
  [
    'a size of rotations',
    'adapter: {method: boft, b: 5, targets: [q_proj]}',
    /^own\.yaml:2:28: model\.layers\.0\.self_attn\.q_proj: adapter\.b must divide the weight's 16 inputs, like 4 or 8: 5\n/,
  ],
  [
    'a number of diagonals',
    topk('topk: code, diagonals: 30'),
    /^own\.yaml:2:\d+: .*k_proj: svft topk: a weight with 8 singular values has room for at most 15 diagonals, not 30\n/,
  ],
  [
    'a rule of top-k',
    topk('topk: paper, diagonals: 1'),
    /^own\.yaml:2:\d+: .*k_proj: svft topk by the paper's rule needs a square weight, not 8 × 16; choose other targets, or topk: code\n.*topk: paper.*\n *\| +\^\^\^\^\^$/,
  ],
  [
    'the same by the profile',
    `profile: paper\n${topk('diagonals: 1')}`,
    /^own\.yaml:3:1: .*k_proj: svft topk by the paper's rule .*, or topk: code\n {2}3 \| adapter: /,
  ],
  ['a task', `task: rte\n${SVFT}`, /own\.yaml:2:7: task rte needs a text classifier, not a causal language model\n/],
  [
    'a file of data',
    `${SVFT}\ndata: {test: {test: tset.jsonl}}`,
    /^own\.yaml:3:21: ~\/tset\.jsonl: no such file or folder; did you mean test\.jsonl\?\n/,
  ],
])('%s that is wrong is shown where it is written', async (_, lines, message) => {
  expect(await told(lines)).toMatch(message)
})

test('a value is shown in the file that is extended, or on the command line, where it was written there', async () => {
  writeFileSync('lost.yaml', 'extends: base.yaml\nmodel: modle\n')
  expect(await told(SVFT, {base: 'lost.yaml'})).toBe(
    'lost.yaml:2:1: ~/modle: no such file or folder; did you mean model?\n  2 | model: modle\n    | ^^^^^',
  )
  expect(await told(SVFT, {set: ['adapter.targets=[x_proj]']})).toMatch(
    /^--set adapter\.targets=\[x_proj\]: adapter\.targets: no module/,
  )
})

test('what is of no value of the recipe stays as it is', async () => {
  writeFileSync('own.yaml', `extends: base.yaml\n${SVFT}\n`)
  const {tree} = await readRecipe('own.yaml')
  for (const error of [new Fault('input', 'train.jsonl: has no data'), new Error('no fault')]) {
    expect(locateFault(error, tree)).toBe(error)
  }
})
