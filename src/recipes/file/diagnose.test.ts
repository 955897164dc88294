import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {METHODS} from '../../adapters/index.ts'
import {TASK_NAMES} from '../../tasks/index.ts'
import {readRecipe} from './read.ts'

// Whole reports: what a person reads who made these mistakes.

beforeAll(() => process.chdir(openFolder()))

const BASE = `
task: gsm8k
model: models/mini
data: {train: train.jsonl, test: {gsm8k: test.jsonl}}
train: {lr: 1e-3, epochs: 2, batch: 16}
`
const LORA = 'adapter: {method: lora, rank: 4, alpha: 8, targets: [q_proj]}\n'

/** The report on `recipe.yaml`, beside `others` (`base.yaml` is a recipe without an adapter). */
async function reportOn(
  recipe: string,
  {set = [], others = {}}: {set?: readonly string[]; others?: Readonly<Record<string, string>>} = {},
): Promise<string> {
  for (const [name, text] of Object.entries({'base.yaml': BASE, 'recipe.yaml': recipe, ...others})) {
    mkdirSync(dirname(name), {recursive: true})
    writeFileSync(name, text)
  }
  try {
    await readRecipe('recipe.yaml', {set})
  } catch (error) {
    expect(error).toMatchObject({name: 'Fault', kind: 'recipe'})
    return `\n${withoutNames((error as Error).message)}\n`
  }
  return 'no fault'
}

const methods = Object.keys(METHODS)

/** A report without the names of all methods and tasks, so that a new one changes no expectation. */
const withoutNames = (report: string) =>
  report
    .replaceAll(methods.join(', '), '<methods>')
    .replaceAll(`${methods.slice(0, -1).join(', ')} or ${methods.at(-1)}`, '<methods, or>')
    .replaceAll(TASK_NAMES.join(', '), '<tasks>')

test.each(['f1', 'F1'])('a metric of no task is refused once, with those of the task: %s', async metric => {
  const own =
    'task: text-classification\nmodel: m\ndata: {train: a.csv, split: {test: 0.2}}\ntrain: {lr: 1, steps: 1, batch: 1}\n'
  const report = await reportOn(`${own}${LORA}evaluate: {metric: ${metric}}\n`)
  expect(report.split('\n').filter(line => line.includes('evaluate.metric'))).toEqual([
    `recipe.yaml:6:20: unknown evaluate.metric: ${metric}; did you mean macro-f1? known for text-classification: accuracy, macro-f1, matthews, pearson`,
  ])
  expect(await reportOn(`extends: base.yaml\n${LORA}evaluate: {metric: ${metric}}\n`)).toContain(
    'evaluate.metric is only for data of your own',
  )
})

test('a setting that the engine does not have is refused where it is set', async () => {
  const recipe = `extends: base.yaml\n${LORA}engine: openvino\nprecision: bf16\n`
  expect(await reportOn(recipe)).toBe('no fault')
  expect(await reportOn(recipe, {set: ['precision=f32']})).toContain(
    '\n--set precision=f32: precision: f32 needs engine: onnx, js or tensorflow; openvino computes in bf16\n',
  )
  expect(await reportOn(recipe, {set: ['device=cuda']})).toContain(
    '\n--set device=cuda: device: cuda needs engine: onnx, not openvino; leave it out\n',
  )
  expect(await reportOn(recipe, {set: ['device=cpu']})).toBe('no fault')
  const tensorflow = `extends: base.yaml\n${LORA}engine: tensorflow\n`
  expect(await reportOn(tensorflow, {set: ['device=cpu']})).toContain(
    '\n--set device=cpu: device: cpu needs engine: onnx, not tensorflow; TensorFlow uses the GPU that it finds (CUDA_VISIBLE_DEVICES=-1 hides it); leave it out\n',
  )
})

test('a text on the command line that is not YAML is refused with advice to quote it', async () => {
  const report = await reportOn(`extends: base.yaml\n${LORA}`, {set: ['data.template=Q: {x} A: ']})
  expect(report).toMatch(
    /^\n--set data\.template=Q: \{x\} A: : .*; write text with signs of YAML in quotes: --set 'data\.template="…"'\n/,
  )
})

test('all faults of a file are reported at once, fields and rules between fields', async () => {
  const report = await reportOn(`# many faults
extends: base.yaml
model: {pth: ../models/mini}
adapter:
  method: svft
  pattern: bandedd
  diagonals: -2
  targets: []
  alpha: 3
train:
  lr: 5e-2x
  schedular: cosine
  batch: 16.5
  weight_decay: 0.1
  epochs: 1
  steps: 100
  warmup: 100
evaluate: {splits: [gsm8k, mth]}
lr: 3
seeds: [0, 1]
train: {lr: 3}
`)
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:9: unknown key in model: pth; did you mean path?
      3 | model: {pth: ../models/mini}
        |         ^^^
    recipe.yaml:6:12: unknown adapter.pattern: bandedd; did you mean banded? known: plain, banded, random, topk
      6 |   pattern: bandedd
        |            ^^^^^^^
    recipe.yaml:7:14: adapter.diagonals must be a whole number of at least 0: -2
      7 |   diagonals: -2
        |              ^^
    recipe.yaml:8:3: adapter.targets must not be empty
      8 |   targets: []
        |   ^^^^^^^
    recipe.yaml:9:3: unknown key in adapter: alpha; not for method svft; known: method, pattern, diagonals, basis, rank, gate, init, sampling, topk, targets, match
      9 |   alpha: 3
        |   ^^^^^
    recipe.yaml:11:7: train.lr must be a number above 0: 5e-2x
      11 |   lr: 5e-2x
         |       ^^^^^
    recipe.yaml:12:3: unknown key in train: schedular; did you mean schedule?
      12 |   schedular: cosine
         |   ^^^^^^^^^
    recipe.yaml:13:10: train.batch must be a whole number of at least 1: 16.5
      13 |   batch: 16.5
         |          ^^^^
    recipe.yaml:14:3: unknown key in train: weight_decay; did you mean weightDecay?
      14 |   weight_decay: 0.1
         |   ^^^^^^^^^^^^
    recipe.yaml:16:10: train takes epochs or steps, not both
      16 |   steps: 100
         |          ^^^
    recipe.yaml:17:11: train.warmup must be a share of all steps, below 1 (warmupSteps takes a number of steps): 100
      17 |   warmup: 100
         |           ^^^
    recipe.yaml:18:28: unknown split: mth; known: gsm8k
      18 | evaluate: {splits: [gsm8k, mth]}
         |                            ^^^
    recipe.yaml:19:1: unknown key: lr; did you mean train.lr?
      19 | lr: 3
         | ^^
    recipe.yaml:20:1: unknown key: seeds; did you mean seed?
      20 | seeds: [0, 1]
         | ^^^^^
    recipe.yaml:21:1: duplicate key: train; first written on line 10
      21 | train: {lr: 3}
         | ^^^^^
    "
  `)
})

test('a missing key is reported at the key that should hold it, with what it is for', async () => {
  expect(
    await reportOn('task: gsm8k\ntrain:\n  lr: 1e-3\ndata: {train: a.jsonl}\nadapter: {method: lora, rank: 1}\n'),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:1:1: missing key: model (the model to start from: a folder, {hub, revision}, or {config, init: random} to train from scratch)
    recipe.yaml:2:1: missing key in train: batch (examples per step)
      2 | train:
        | ^^^^^
    recipe.yaml:2:1: train needs epochs or steps
      2 | train:
        | ^^^^^
    recipe.yaml:4:1: missing key in data: test (what to score, by column of the results; a column with the name of a task is scored as that task)
      4 | data: {train: a.jsonl}
        | ^^^^
    recipe.yaml:5:1: missing key in adapter: targets (weights to adapt: a list of parts of their paths, like [q_proj, v_proj])
      5 | adapter: {method: lora, rank: 1}
        | ^^^^^^^
    "
  `)
})

test('a misspelled key is not reported as missing too', async () => {
  expect(
    await reportOn(`extends: base.yaml\nadapter: {method: lora, rnak: 4, alpha: 8, target: [q_proj]}\n`),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:25: unknown key in adapter: rnak; did you mean rank?
      2 | adapter: {method: lora, rnak: 4, alpha: 8, target: [q_proj]}
        |                         ^^^^
    recipe.yaml:2:44: unknown key in adapter: target; did you mean targets?
      2 | adapter: {method: lora, rnak: 4, alpha: 8, target: [q_proj]}
        |                                            ^^^^^^
    "
  `)
})

test.each([
  ['{rnak: 8}', ['missing key in adapter: method (<methods, or>)', 'unknown key in adapter: rnak; did you mean rank?']],
  ['{metod: lora, rank: 8}', ['unknown key in adapter: metod; did you mean method?']],
  [
    '{method: svtf, rnak: 8}',
    [
      'unknown adapter.method: svtf; did you mean svft? known: <methods>',
      'unknown key in adapter: rnak; did you mean rank?',
    ],
  ],
  ['{method: svtf, rank: 8}', ['unknown adapter.method: svtf; did you mean svft? known: <methods>']],
])('a key that no method has is refused even without a known method: %s', async (adapter, messages) => {
  const report = await reportOn(`extends: base.yaml\nadapter: ${adapter}\n`)
  const found = report.split('\n').flatMap(line => /^recipe\.yaml:2:\d+: (.*)/.exec(line)?.[1] ?? [])
  expect(found.sort()).toEqual(messages)
})

test('a key that no method has and that is like none is refused with those of all methods', async () => {
  expect(await reportOn('extends: base.yaml\nadapter: {colour: 8}\n')).toMatch(
    /unknown key in adapter: colour; known: method, pattern, diagonals, [a-zA-Z, ]+\n/,
  )
})

test('a key by its name in PEFT or transformers is refused with its own, and not reported as missing', async () => {
  const messagesOf = async (...args: Parameters<typeof reportOn>) =>
    (await reportOn(...args)).split('\n').filter(line => line.includes('unknown key') || line.includes('missing'))
  const adapter = 'adapter: {method: lora, r: 8, lora_alpha: 16, target_modules: [q_proj]}'
  expect(await messagesOf(`extends: base.yaml\n${adapter}\ntrain: {learning_rate: 1e-3}\n`)).toEqual([
    'recipe.yaml:2:25: unknown key in adapter: r; did you mean rank?',
    'recipe.yaml:2:31: unknown key in adapter: lora_alpha; did you mean alpha?',
    'recipe.yaml:2:47: unknown key in adapter: target_modules; did you mean targets?',
    'recipe.yaml:3:9: unknown key in train: learning_rate; did you mean lr?',
  ])
  expect(await messagesOf('extends: base.yaml\nadapter: {method: full, r: 8}\n')).toEqual([
    'recipe.yaml:2:25: unknown key in adapter: r; not for method full; known: method',
  ])
  const set = ['adapter.r=8', 'train.max_grad_norm=1', 'learning_rate=1']
  expect(await messagesOf(`extends: base.yaml\n${LORA}`, {set})).toEqual([
    '--set adapter.r=8: unknown key in adapter: r; did you mean rank?',
    '--set train.max_grad_norm=1: unknown key in train: max_grad_norm; did you mean clip?',
    '--set learning_rate=1: unknown key: learning_rate; did you mean train.lr?',
  ])
})

test('a key of another method is refused, with those of this one', async () => {
  expect(await reportOn('extends: base.yaml\nadapter: {method: full, rank: 4}\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:25: unknown key in adapter: rank; not for method full; known: method
      2 | adapter: {method: full, rank: 4}
        |                         ^^^^
    "
  `)
})

test('an unknown method or task is refused with the nearest and all known ones', async () => {
  expect(
    await reportOn(`extends: base.yaml\ntask: gsm8\nadapter: {method: svtf, pattern: plain}\n`),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:7: unknown task: gsm8; did you mean gsm8k? known: <tasks>
      2 | task: gsm8
        |       ^^^^
    recipe.yaml:3:19: unknown adapter.method: svtf; did you mean svft? known: <methods>
      3 | adapter: {method: svtf, pattern: plain}
        |                   ^^^^
    "
  `)
  expect(await reportOn('extends: base.yaml\nadapter: {method: prefix-tuning}\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:19: unknown adapter.method: prefix-tuning; known: <methods>
      2 | adapter: {method: prefix-tuning}
        |                   ^^^^^^^^^^^^^
    "
  `)
  expect(await reportOn('extends: base.yaml\nadapter: {method: [svft]}\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:11: adapter.method must be <methods, or>: a list of 1
      2 | adapter: {method: [svft]}
        |           ^^^^^^
    "
  `)
  expect(await reportOn('extends: base.yaml\nadapter: svft\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:10: adapter must be a map, like {method: svft}: svft
      2 | adapter: svft
        |          ^^^^
    "
  `)
})

test('values of the wrong type show what was written', async () => {
  const report = await reportOn(`extends: base.yaml
${LORA}seed: -1
engine: pytorch
threads: many
train:
  lr: .inf
  lrs: [1e-3]
  epochs:
  batch: 12345678901234567890
  betas: [0.9, 0.999, 0.5]
  eps: 0
  recompute: yes
  saveEvery: 1.5
  clip: "1"
evaluate: {batch: 0}
paper: {cell: t1.g2.svft_p, params: 0.19 M, gsm8k: 140.34, math: n/a}
name: ../up
data: {test: {train: a.jsonl, x y: b.jsonl, gsm8k: 3}, limit: {tests: 3}}
`)
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:7: seed must be a whole number of at least 0: -1
      3 | seed: -1
        |       ^^
    recipe.yaml:4:9: unknown engine: pytorch; known: onnx, openvino, js, tensorflow
      4 | engine: pytorch
        |         ^^^^^^^
    recipe.yaml:5:10: threads must be a whole number from 1 to 256: many
      5 | threads: many
        |          ^^^^
    recipe.yaml:7:7: train.lr must be a number above 0, and finite: .inf
      7 |   lr: .inf
        |       ^^^^
    recipe.yaml:8:3: train.lrs must be a map: a list of 1
      8 |   lrs: [1e-3]
        |   ^^^
    recipe.yaml:9:10: train.epochs must be a whole number of at least 1: nothing
      9 |   epochs:
        |          ^
    recipe.yaml:10:10: train.batch must be a whole number from 1 to 9007199254740991: 12345678901234567890
      10 |   batch: 12345678901234567890
         |          ^^^^^^^^^^^^^^^^^^^^
    recipe.yaml:11:3: train.betas must be a list of 2 numbers: a list of 3
      11 |   betas: [0.9, 0.999, 0.5]
         |   ^^^^^
    recipe.yaml:12:8: train.eps must be a number above 0: 0
      12 |   eps: 0
         |        ^
    recipe.yaml:13:14: train.recompute must be true or false: yes
      13 |   recompute: yes
         |              ^^^
    recipe.yaml:14:14: train.saveEvery must be a whole number of at least 1: 1.5
      14 |   saveEvery: 1.5
         |              ^^^
    recipe.yaml:15:9: train.clip must be a number of at least 0: "1"
      15 |   clip: "1"
         |         ^^^
    recipe.yaml:16:19: evaluate.batch must be a whole number of at least 1: 0
      16 | evaluate: {batch: 0}
         |                   ^
    recipe.yaml:17:37: paper.params must be as printed, like 0.19M: 0.19 M
      17 | paper: {cell: t1.g2.svft_p, params: 0.19 M, gsm8k: 140.34, math: n/a}
         |                                     ^^^^^^
    recipe.yaml:17:52: paper.gsm8k must be a number from 0 to 100: 140.34
      17 | paper: {cell: t1.g2.svft_p, params: 0.19 M, gsm8k: 140.34, math: n/a}
         |                                                    ^^^^^^
    recipe.yaml:17:66: paper.math must be a number from 0 to 100: n/a
      17 | paper: {cell: t1.g2.svft_p, params: 0.19 M, gsm8k: 140.34, math: n/a}
         |                                                                  ^^^
    recipe.yaml:18:7: name must be letters, digits, . - _ and / between them, with no .. and no part that begins with . or -, and at most 200 bytes: ../up
      18 | name: ../up
         |       ^^^^^
    recipe.yaml:19:15: a key of data.test must not be train or validation, which are splits of their own: train
      19 | data: {test: {train: a.jsonl, x y: b.jsonl, gsm8k: 3}, limit: {tests: 3}}
         |               ^^^^^
    recipe.yaml:19:31: a key of data.test must be at most 40 letters, digits, - and _: x y
      19 | data: {test: {train: a.jsonl, x y: b.jsonl, gsm8k: 3}, limit: {tests: 3}}
         |                               ^^^
    recipe.yaml:19:52: data.test.gsm8k must be text or a map: 3
      19 | data: {test: {train: a.jsonl, x y: b.jsonl, gsm8k: 3}, limit: {tests: 3}}
         |                                                    ^
    recipe.yaml:19:64: unknown key in data.limit: tests; did you mean test?
      19 | data: {test: {train: a.jsonl, x y: b.jsonl, gsm8k: 3}, limit: {tests: 3}}
         |                                                                ^^^^^
    "
  `)
})

test('a model in none of its four forms is refused, with what the form lacks', async () => {
  expect(await reportOn(`extends: base.yaml\n${LORA}model: {config: models/mini}\n`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:1: missing key in model: init (weights are drawn from the seed: training from scratch)
      3 | model: {config: models/mini}
        | ^^^^^
    "
  `)
  expect(
    await reportOn(`extends: base.yaml\n${LORA}model: {config: models/mini, init: zeros}\n`),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:36: model.init must be random: zeros
      3 | model: {config: models/mini, init: zeros}
        |                                    ^^^^^
    "
  `)
  expect(await reportOn(`extends: base.yaml\n${LORA}model: [a]\n`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:1: model must be text or a map: a list of 1
      3 | model: [a]
        | ^^^^^
    "
  `)
  expect(await reportOn(`extends: base.yaml\n${LORA}model: ''\n`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:8: model must not be empty: ''
      3 | model: ''
        |        ^^
    "
  `)
  expect(await reportOn(`extends: base.yaml\n${LORA}model: {path: a, config: b}\n`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:18: unknown key in model: config; known: {path} or {hub, revision} or {config, init}
      3 | model: {path: a, config: b}
        |                  ^^^^^^
    "
  `)
})

test('a source of the hub has an owner and a name, a revision and a file that lead nowhere else', async () => {
  const data = 'data: {train: {hub: o/d, file: ../x}, test: {x: {hub: o/d}, y: {hub: gsm8k, file: x.jsonl}}}'
  expect(
    await reportOn(`extends: base.yaml\n${LORA}model: {hub: gemma-2b, revision: ../../x}\n${data}\n`),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:14: model.hub must be owner/name, like google/gemma-2b: gemma-2b
      3 | model: {hub: gemma-2b, revision: ../../x}
        |              ^^^^^^^^
    recipe.yaml:3:34: model.revision must be a branch or a commit, like main: ../../x
      3 | model: {hub: gemma-2b, revision: ../../x}
        |                                  ^^^^^^^
    recipe.yaml:4:32: data.train.file must be the path of a file in the repository, like data/train-*.parquet: ../x
      4 | data: {train: {hub: o/d, file: ../x}, test: {x: {hub: o/d}, y: {hub: gsm8k, file: x.jsonl}}}
        |                                ^^^^
    recipe.yaml:4:46: missing key in data.test.x: file (path in the repository; * and ? match within a name, ** matches any folders)
      4 | data: {train: {hub: o/d, file: ../x}, test: {x: {hub: o/d}, y: {hub: gsm8k, file: x.jsonl}}}
        |                                              ^
    recipe.yaml:4:70: data.test.y.hub must be owner/name, like google/gemma-2b: gsm8k
      4 | data: {train: {hub: o/d, file: ../x}, test: {x: {hub: o/d}, y: {hub: gsm8k, file: x.jsonl}}}
        |                                                                      ^^^^^
    "
  `)
})

test('targets that are not a list of names are refused, each where it stands', async () => {
  const adapter = (targets: string) =>
    `extends: base.yaml\nadapter: {method: lora, rank: 4, alpha: 8, targets: ${targets}}\n`
  expect(await reportOn(adapter('q_proj'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:53: adapter.targets must be a list of texts: q_proj
      2 | adapter: {method: lora, rank: 4, alpha: 8, targets: q_proj}
        |                                                     ^^^^^^
    "
  `)
  expect(await reportOn(adapter('[q_proj, 3, q_proj, "*.k_proj"]'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:62: adapter.targets[1] must be text: 3
      2 | adapter: {method: lora, rank: 4, alpha: 8, targets: [q_proj, 3, q_proj, "*.k_proj"]}
        |                                                              ^
    recipe.yaml:2:65: adapter.targets lists q_proj twice
      2 | adapter: {method: lora, rank: 4, alpha: 8, targets: [q_proj, 3, q_proj, "*.k_proj"]}
        |                                                                 ^^^^^^
    recipe.yaml:2:73: adapter.targets[3] must be parts of a path, like q_proj: "*.k_proj"
      2 | adapter: {method: lora, rank: 4, alpha: 8, targets: [q_proj, 3, q_proj, "*.k_proj"]}
        |                                                                         ^^^^^^^^^^
    "
  `)
})

test('butterfly factors need even rotations', async () => {
  const boft = (settings: string) => `extends: base.yaml\nadapter: {method: boft, targets: [q_proj], ${settings}}\n`
  expect(await reportOn(boft('b: 3, m: 2, dropout: 1'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:47: adapter.b must be even where adapter.m is above 1, like 4: 3
      2 | adapter: {method: boft, targets: [q_proj], b: 3, m: 2, dropout: 1}
        |                                               ^
    recipe.yaml:2:65: adapter.dropout must be a number of at least 0 and below 1: 1
      2 | adapter: {method: boft, targets: [q_proj], b: 3, m: 2, dropout: 1}
        |                                                                 ^
    "
  `)
})

test('patterns, ranks and diagonals must fit each other', async () => {
  const svft = (settings: string) => `extends: base.yaml\nadapter: {method: svft, targets: [q_proj], ${settings}}\n`
  expect(await reportOn(svft('pattern: topk, diagonals: 8, rank: 64'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:79: pattern topk compares all singular vectors and cannot have a rank; leave it out
      2 | adapter: {method: svft, targets: [q_proj], pattern: topk, diagonals: 8, rank: 64}
        |                                                                               ^^
    "
  `)
  expect(await reportOn(svft('pattern: plain, diagonals: 4'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:71: pattern plain has the main diagonal only; write diagonals: 0, or pattern: banded, not 4
      2 | adapter: {method: svft, targets: [q_proj], pattern: plain, diagonals: 4}
        |                                                                       ^
    "
  `)
  expect(await reportOn(svft('pattern: banded'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:1: pattern banded needs diagonals of at least 1; with 0 it is pattern plain
      2 | adapter: {method: svft, targets: [q_proj], pattern: banded}
        | ^^^^^^^
    "
  `)
  expect(await reportOn(svft('pattern: banded, diagonals: 2, basis: full, rank: 8'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:82: basis full has all singular vectors and cannot have a rank; leave one of the two out
      2 | adapter: {method: svft, targets: [q_proj], pattern: banded, diagonals: 2, basis: full, rank: 8}
        |                                                                                  ^^^^
    "
  `)
  expect(await reportOn(svft('pattern: random, diagonals: 8, rank: 8'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:72: adapter.diagonals must be below adapter.rank, which is 8: 8
      2 | adapter: {method: svft, targets: [q_proj], pattern: random, diagonals: 8, rank: 8}
        |                                                                        ^
    "
  `)
})

test('epochs and steps, or warmup and warmupSteps, exclude each other, and micro-batches must divide the batch', async () => {
  const train = (settings: string) =>
    `task: gsm8k\nmodel: m\ndata: {train: a, test: {a: b}}\n${LORA}train: {lr: 1, batch: 16, ${settings}}\n`
  expect(await reportOn(train('schedule: cosine'))).toMatchInlineSnapshot(`
    "
    recipe.yaml:5:1: train needs epochs or steps
      5 | train: {lr: 1, batch: 16, schedule: cosine}
        | ^^^^^
    "
  `)
  expect(
    await reportOn(train('epochs: 1, steps: 2, warmup: 0.1, warmupSteps: 3, microBatch: 5')),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:5:45: train takes epochs or steps, not both
      5 | train: {lr: 1, batch: 16, epochs: 1, steps: 2, warmup: 0.1, warmupSteps: 3, microBatch: 5}
        |                                             ^
    recipe.yaml:5:74: train takes warmup or warmupSteps, not both
      5 | train: {lr: 1, batch: 16, epochs: 1, steps: 2, warmup: 0.1, warmupSteps: 3, microBatch: 5}
        |                                                                          ^
    recipe.yaml:5:89: train.microBatch must divide train.batch, which is 16: 5
      5 | train: {lr: 1, batch: 16, epochs: 1, steps: 2, warmup: 0.1, warmupSteps: 3, microBatch: 5}
        |                                                                                         ^
    "
  `)
})

test.each([
  ['data.limit=20', 'data.limit must be a map, like {train: 20}: 20'],
  ['data.limit=0', 'data.limit must be a map: 0'],
  ['data.perClass=16', 'data.perClass must be a map, like {train: 16}: 16'],
  ['data.split=0.2', 'data.split must be a map, like {validation: 0.2}: 0.2'],
  ['data.split=part', 'data.split must be a map, like {column: part}: part'],
  ['data.split=20', 'data.split must be a map: 20'],
  ['data.test=mine.csv', 'data.test must be a map, like {test: mine.csv}: mine.csv'],
  ['data.columns=review', 'data.columns must be a map, like {text: review}: review'],
  ['data=mine.csv', 'data must be a map, like {train: mine.csv}: mine.csv'],
  ['train=1e-3', 'train must be a map, like {lr: 1e-3}: 1e-3'],
  ['train.lrs=1e-3', "train.lrs must be a map, like {'classifier.*': 1e-3}: 1e-3"],
  ['adapter=true', 'adapter must be a map: true'],
])('%s is a value without the map around it', async (set, message) => {
  expect(await reportOn(`extends: base.yaml\n${LORA}`, {set: [set]})).toContain(`\n--set ${set}: ${message}\n`)
})

test('a block that is no map is reported as that and nothing else', async () => {
  expect(
    await reportOn(`task: gsm8k\nmodel: m\ndata: [a]\nadapter: 3\ntrain: fast\nevaluate: ~\npaper: t1\n`),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:1: data must be a map: a list of 1
      3 | data: [a]
        | ^^^^
    recipe.yaml:4:10: adapter must be a map: 3
      4 | adapter: 3
        |          ^
    recipe.yaml:5:8: train must be a map: fast
      5 | train: fast
        |        ^^^^
    recipe.yaml:6:11: evaluate must be a map: null; null removes an inherited value, and none is inherited here
      6 | evaluate: ~
        |           ^
    recipe.yaml:7:8: paper must be a map, like {cell: t1}: t1
      7 | paper: t1
        |        ^^
    "
  `)
})

test('a fault in an extended file is reported there', async () => {
  const report = await reportOn(`extends: [base.yaml, more/lora.yaml]\nseed: x\n`, {
    others: {
      'more/lora.yaml':
        'adapter:\n  method: lora\n  rank: 0\n  alpha: 8\n  targets: [q_proj]\nseed: y\ntrain: {lr: -1}\n',
    },
  })
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:7: seed must be a whole number of at least 0: x
      2 | seed: x
        |       ^
    more/lora.yaml:3:9: adapter.rank must be a whole number of at least 1: 0
      3 |   rank: 0
        |         ^
    more/lora.yaml:7:13: train.lr must be a number above 0: -1
      7 | train: {lr: -1}
        |             ^^
    "
  `)
})

test('files that extends cannot reach are refused, each where it is named', async () => {
  expect(await reportOn(`extends: bsae.yaml\n${LORA}`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:1:10: no such file: bsae.yaml; did you mean base.yaml?
      1 | extends: bsae.yaml
        |          ^^^^^^^^^
    "
  `)
  expect(await reportOn(`extends: recipes.yaml\n${LORA}`)).toContain('no such file: recipes.yaml\n') // not itself
  expect(await reportOn(`extends: [base.yaml, nowhere/x.yaml, '.', 3, '']\n${LORA}`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:1:22: no such file, nor its folder: nowhere
      1 | extends: [base.yaml, nowhere/x.yaml, '.', 3, '']
        |                      ^^^^^^^^^^^^^^
    recipe.yaml:1:38: a recipe is a file, not a folder
      1 | extends: [base.yaml, nowhere/x.yaml, '.', 3, '']
        |                                      ^^^
    recipe.yaml:1:43: extends must be a path or a list of paths: 3
      1 | extends: [base.yaml, nowhere/x.yaml, '.', 3, '']
        |                                           ^
    recipe.yaml:1:46: extends must be a path or a list of paths: ''
      1 | extends: [base.yaml, nowhere/x.yaml, '.', 3, '']
        |                                              ^^
    "
  `)
  expect(await reportOn(`extends: []\n${LORA}`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:1:1: extends must be a path or a list of paths: an empty list
      1 | extends: []
        | ^^^^^^^
    "
  `)
  expect(await reportOn(`extends: {file: base.yaml}\n${LORA}`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:1:1: extends must be a path or a list of paths: a map
      1 | extends: {file: base.yaml}
        | ^^^^^^^
    "
  `)
})

test('files that extend each other in a circle or too deep are refused', async () => {
  expect(
    await reportOn('extends: a.yaml\n', {others: {'a.yaml': '# a\nextends: [base.yaml, recipe.yaml]\n'}}),
  ).toMatchInlineSnapshot(`
    "
    a.yaml:2:22: extends is circular: recipe.yaml → a.yaml → recipe.yaml
      2 | extends: [base.yaml, recipe.yaml]
        |                      ^^^^^^^^^^^
    "
  `)
  const chain = Object.fromEntries(Array.from({length: 9}, (_, i) => [`${i}.yaml`, `extends: ${i + 1}.yaml\n`]))
  expect(await reportOn('extends: 0.yaml\n', {others: {...chain, '9.yaml': BASE}})).toMatchInlineSnapshot(`
    "
    7.yaml:1:10: extends is nested deeper than 8 files
      1 | extends: 8.yaml
        |          ^^^^^^
    "
  `)
})

test('of a text that is not YAML all faults are reported', async () => {
  expect(await reportOn('task: gsm8k\nmodel: [a\ndata: {train: x}}\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:1: flow sequence in block collection must be sufficiently indented and end with a ]
      3 | data: {train: x}}
        | ^
    recipe.yaml:3:17: unexpected flow-map-end token in YAML stream: "}"
      3 | data: {train: x}}
        |                 ^
    "
  `)
  expect(await reportOn('task: gsm8k\nmodel: a: b\ndata:\n\t- x\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:8: nested mappings are not allowed in compact mappings
      2 | model: a: b
        |        ^
    recipe.yaml:4:1: tabs are not allowed as indentation
      4 | \\t- x
        | ^^
    "
  `)
  expect(await reportOn('task: gsm8k\n---\ntask: gsm8k\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:1: a recipe is one YAML document; a second one begins here
      2 | ---
        | ^^^
    "
  `)
})

test('forbidden, duplicate and odd keys are refused, each where it stands', async () => {
  const report = await reportOn(
    `extends: base.yaml\n${LORA}seed: 1\n__proto__: {seed: 3}\nconstructor: 1\nseed: 2\n? [a]\n: 3\n? \n: 3\n<<: {seed: 4}\nseed: 5\n`,
  )
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:4:1: forbidden key: __proto__
      4 | __proto__: {seed: 3}
        | ^^^^^^^^^
    recipe.yaml:5:1: forbidden key: constructor
      5 | constructor: 1
        | ^^^^^^^^^^^
    recipe.yaml:6:1: duplicate key: seed; first written on line 3
      6 | seed: 2
        | ^^^^
    recipe.yaml:7:3: a key must be text
      7 | ? [a]
        |   ^^^
    recipe.yaml:9:3: a key must be text
      9 | ? 
        |   ^
    recipe.yaml:11:1: unknown key: <<; known: extends, name, profile, task, model, data, adapter, train, evaluate, seed, engine, precision, device, threads, track, paper, search
      11 | <<: {seed: 4}
         | ^^
    recipe.yaml:12:1: duplicate key: seed; first written on line 3
      12 | seed: 5
         | ^^^^
    "
  `)
})

test('a file that is no map of keys is refused', async () => {
  expect(await reportOn('')).toMatchInlineSnapshot(`
    "
    recipe.yaml: a recipe is a map of keys, like task: gsm8k
    "
  `)
  expect(await reportOn('- task: gsm8k\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:1:1: a recipe is a map of keys, like task: gsm8k
    "
  `)
  expect(await reportOn('# nothing yet\n')).toMatchInlineSnapshot(`
    "
    recipe.yaml:1:1: a recipe is a map of keys, like task: gsm8k
    "
  `)
})

test('overrides are reported at the command line', async () => {
  const set = [
    'train.lr=fast',
    'trian.lr=1',
    'lr=1',
    'train.momentum=0.9',
    'adapter.targets.0=q_proj',
    'train.lr.x=1',
    'seed',
    '=3',
    'extends=base.yaml',
    'train.batch=[1',
    'adapter.method=svtf',
    'evaluate.splits=[gsm8k, mmlu]',
    'threads=',
    'train.lrs.__proto__=1',
    'engine=js',
  ]
  expect(await reportOn(`extends: base.yaml\n${LORA}`, {set})).toMatchInlineSnapshot(`
    "
    --set train.lr=fast: train.lr must be a number above 0: fast
       | --set train.lr=fast
       |                ^^^^
    --set trian.lr=1: unknown key: trian; did you mean train?
       | --set trian.lr=1
       |       ^^^^^
    --set lr=1: unknown key: lr; did you mean train.lr?
       | --set lr=1
       |       ^^
    --set train.momentum=0.9: unknown key in train: momentum; known: lr, lrs, epochs, steps, batch, microBatch, weighting, warmup, warmupSteps, schedule, scheduleLength, weightDecay, clip, betas, eps, padToken, heldOut, maxTokens, keep, keepBy, recompute, saveEvery
       | --set train.momentum=0.9
       |             ^^^^^^^^
    --set adapter.targets.0=q_proj: adapter.targets has no keys of its own; set the whole list: adapter.targets=[…]
       | --set adapter.targets.0=q_proj
       |                       ^
    --set train.lr.x=1: train.lr has no keys of its own; it is a single value: train.lr=…
       | --set train.lr.x=1
       |                ^
    --set seed: must be path=value, like train.lr=1e-3
       | --set seed
       |       ^^^^
    --set =3: must be path=value, like train.lr=1e-3
       | --set =3
       |       ^^
    --set extends=base.yaml: extends works only in a file
       | --set extends=base.yaml
       |       ^^^^^^^
    --set train.batch=[1: flow sequence must end with a ]
       | --set train.batch=[1
       |                     ^
    --set adapter.method=svtf: unknown adapter.method: svtf; did you mean svft? known: <methods>
       | --set adapter.method=svtf
       |                      ^^^^
    --set evaluate.splits=[gsm8k, mmlu]: unknown split: mmlu; known: gsm8k
       | --set evaluate.splits=[gsm8k, mmlu]
       |                               ^^^^
    --set threads=: threads must be a whole number from 1 to 256: nothing
       | --set threads=
       |               ^
    --set train.lrs.__proto__=1: forbidden key: __proto__
       | --set train.lrs.__proto__=1
       |                 ^^^^^^^^^
    "
  `)
})

test('an override that leaves a key missing points at the file', async () => {
  expect(
    await reportOn(`extends: base.yaml\nadapter: {method: lora}\n`, {set: ['adapter.rank=4', 'train.clip=-1']}),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:1: missing key in adapter: targets (weights to adapt: a list of parts of their paths, like [q_proj, v_proj])
      2 | adapter: {method: lora}
        | ^^^^^^^
    --set train.clip=-1: train.clip must be a number of at least 0: -1
       | --set train.clip=-1
       |                  ^^
    "
  `)
})

test('a value beyond a limit that few think of gets a message about that limit', async () => {
  const report = await reportOn(
    'extends: base.yaml\nadapter: {method: none}\nseed: 1e20\nthreads: 1e20\ntrain: {lr: .inf, eps: .nan, betas: [0.9], clip: x, maxTokens: 2000000000}\n',
  )
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:7: seed must be a whole number from 0 to 9007199254740991: 1e20
      3 | seed: 1e20
        |       ^^^^
    recipe.yaml:4:10: threads must be a whole number from 1 to 256: 1e20
      4 | threads: 1e20
        |          ^^^^
    recipe.yaml:5:13: train.lr must be a number above 0, and finite: .inf
      5 | train: {lr: .inf, eps: .nan, betas: [0.9], clip: x, maxTokens: 2000000000}
        |             ^^^^
    recipe.yaml:5:24: train.eps must be a number above 0, and finite: .nan
      5 | train: {lr: .inf, eps: .nan, betas: [0.9], clip: x, maxTokens: 2000000000}
        |                        ^^^^
    recipe.yaml:5:30: train.betas must be a list of 2 numbers: a list of 1
      5 | train: {lr: .inf, eps: .nan, betas: [0.9], clip: x, maxTokens: 2000000000}
        |                              ^^^^^
    recipe.yaml:5:50: train.clip must be a number of at least 0: x
      5 | train: {lr: .inf, eps: .nan, betas: [0.9], clip: x, maxTokens: 2000000000}
        |                                                  ^
    recipe.yaml:5:64: train.maxTokens must be a whole number from 1 to 262144: 2000000000
      5 | train: {lr: .inf, eps: .nan, betas: [0.9], clip: x, maxTokens: 2000000000}
        |                                                                ^^^^^^^^^^
    "
  `)
})

test('a scored split is named once, and a setting that top-k or the full basis excludes is reported once', async () => {
  const topk = 'adapter: {method: svft, pattern: topk, diagonals: 8, rank: 4, targets: [q_proj]}\n'
  const report = await reportOn(`extends: base.yaml\n${topk}evaluate: {splits: [gsm8k, gsm8k]}\n`)
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:2:60: pattern topk compares all singular vectors and cannot have a rank; leave it out
      2 | adapter: {method: svft, pattern: topk, diagonals: 8, rank: 4, targets: [q_proj]}
        |                                                            ^
    recipe.yaml:3:28: evaluate.splits lists gsm8k twice
      3 | evaluate: {splits: [gsm8k, gsm8k]}
        |                            ^^^^^
    "
  `)
  const full = topk.replace('topk', 'banded, basis: full')
  expect((await reportOn(`extends: base.yaml\n${full}`)).match(/^recipe/gm)).toHaveLength(1)
})

test('a cell of the paper is a row of either version or a point of a figure', async () => {
  const report = await reportOn(`extends: base.yaml
${LORA}paper: {cell: n4.vb.lora, also: [t1.g2.lora1, f4.qv.plane, row 3]}
`)
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:15: unknown cell of the paper: n4.vb.lora; did you mean n4.vb.lora8?
      3 | paper: {cell: n4.vb.lora, also: [t1.g2.lora1, f4.qv.plane, row 3]}
        |               ^^^^^^^^^^
    recipe.yaml:3:47: unknown cell of the paper: f4.qv.plane; did you mean f4.qv.plain?
      3 | paper: {cell: n4.vb.lora, also: [t1.g2.lora1, f4.qv.plane, row 3]}
        |                                               ^^^^^^^^^^^
    recipe.yaml:3:60: unknown cell of the paper: row 3; svft list prints all rows, like t1.g2.svft_p and n4.vb.lora8
      3 | paper: {cell: n4.vb.lora, also: [t1.g2.lora1, f4.qv.plane, row 3]}
        |                                                            ^^^^^
    "
  `)
})

test('hostile text cannot drive the terminal', async () => {
  const report = await reportOn(
    `extends: base.yaml\n${LORA}"\\e[2J\\u202eevil": "a\\nb"\nengine: "\u001b]0;x\u0007\u009b"\nname: \u202e日本語 x\n`,
  )
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:1: unknown key: \\u001b[2J\\u202eevil; known: extends, name, profile, task, model, data, adapter, train, evaluate, seed, engine, precision, device, threads, track, paper, search
      3 | "\\e[2J\\u202eevil": "a\\nb"
        | ^^^^^^^^^^^^^^^^^
    recipe.yaml:4:9: unknown engine: "\\u001b]0;x\\u0007\\u009b"; known: onnx, openvino, js, tensorflow
      4 | engine: "\\u001b]0;x\\u0007\\u009b"
        |         ^^^^^^^^^^^^^^^^^^^^^^^^
    recipe.yaml:5:7: name must be letters, digits, . - _ and / between them, with no .. and no part that begins with . or -, and at most 200 bytes: \\u202e日本語 x
      5 | name: \\u202e日本語 x
        |       ^^^^^^^^^^^^^^
    "
  `)
})

test('long lines are cut around the fault', async () => {
  const report = await reportOn(
    `extends: base.yaml\n${LORA}data: {train: ${'a'.repeat(300)}, tset: b, validation: ${'c'.repeat(300)}}\nengine: ${'x'.repeat(300)}\n`,
  )
  expect(report).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:317: unknown key in data: tset; did you mean test?
      3 | …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, tset: b, validation: ccccccccccccccccccccccccccccccccccccccc…
        |                                          ^^^^
    recipe.yaml:4:9: unknown engine: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…; known: onnx, openvino, js, tensorflow
      4 | engine: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
        |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "
  `)
})

test('a column called like a task of another kind is refused, as are examples held out where nothing is written', async () => {
  expect(
    await reportOn(`extends: base.yaml\n${LORA}data:\n  train: a\n  test: {math: b, cola: c}\n`),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:5:25: column cola would be scored as the task cola, which has classes; gsm8k has written answers; rename the column
      5 |   test: {math: b, cola: c}
        |                         ^
    "
  `)
  expect(
    await reportOn(`extends: base.yaml\n${LORA}task: cola\ntrain: {heldOut: 5}\ndata: {train: a, test: {gsm8k: b}}\n`),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:4:18: train.heldOut is only for tasks with written answers, not for cola
      4 | train: {heldOut: 5}
        |                  ^
    recipe.yaml:5:32: column gsm8k would be scored as the task gsm8k, which has written answers; cola has classes; rename the column
      5 | data: {train: a, test: {gsm8k: b}}
        |                                ^
    "
  `)
  expect(
    await reportOn(`extends: base.yaml\n${LORA}task: rte\ndata: {train: a, test: {rte: b, qnli: c, dev: d}}\n`),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:4:39: qnli is another task, with classes that a head trained on rte does not predict; if its data are those of rte, rename the column
      4 | data: {train: a, test: {rte: b, qnli: c, dev: d}}
        |                                       ^
    base.yaml:4:42: column gsm8k would be scored as the task gsm8k, which has written answers; rte has classes; rename the column
      4 | data: {train: train.jsonl, test: {gsm8k: test.jsonl}}
        |                                          ^^^^^^^^^^
    "
  `)
})

test('the prompts of training are refused where nothing is written', async () => {
  expect(
    await reportOn(
      `extends: base.yaml\n${LORA}task: cola\nevaluate: {prompt: training}\ndata: {train: a, test: {cola: b}}\n`,
    ),
  ).toMatchInlineSnapshot(`
    "
    recipe.yaml:4:20: evaluate.prompt is only for tasks with written answers, not for cola; leave it out
      4 | evaluate: {prompt: training}
        |                    ^^^^^^^^
    base.yaml:4:42: column gsm8k would be scored as the task gsm8k, which has written answers; cola has classes; rename the column
      4 | data: {train: train.jsonl, test: {gsm8k: test.jsonl}}
        |                                          ^^^^^^^^^^
    "
  `)
  const own = 'task: text-classification\nevaluate: {prompt: training}\ndata: {train: a, test: {dev: b}}\n'
  expect(await reportOn(`extends: base.yaml\n${LORA}${own}`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:4:20: evaluate.prompt is only for published tasks; text-classification has one prompt; leave it out
      4 | evaluate: {prompt: training}
        |                    ^^^^^^^^
    base.yaml:4:42: column gsm8k would be scored as the task gsm8k, which has written answers; text-classification has classes; rename the column
      4 | data: {train: train.jsonl, test: {gsm8k: test.jsonl}}
        |                                          ^^^^^^^^^^
    "
  `)
})

test('roles of columns that nothing reads are refused', async () => {
  const instruct = (data: string) => reportOn(`${own('instruct')}data: {train: a.jsonl, split: {test: 0.2}, ${data}}\n`)
  expect(await instruct('template: "{q}", columns: {target: a}')).toBe('no fault')
  expect(await instruct('columns: {messages: m, system: s}')).toBe('no fault')
  expect(await instruct('template: "{q}", columns: {prompt: q, target: a, system: s}')).toMatchInlineSnapshot(`
    "
    recipe.yaml:5:79: data.columns.prompt is not read, because data.template writes the whole prompt; write the column in the template, as in {question}, or leave this out
      5 | data: {train: a.jsonl, split: {test: 0.2}, template: "{q}", columns: {prompt: q, target: a, system: …
        |                                                                               ^
    recipe.yaml:5:101: data.columns.system is not read, because data.template writes the whole prompt; write the column in the template, as in {question}, or leave this out
      5 | …columns: {prompt: q, target: a, system: s}}
        |                                          ^
    "
  `)
  expect(await instruct('columns: {messages: m, target: a}')).toMatchInlineSnapshot(`
    "
    recipe.yaml:5:64: data.columns takes messages, or prompt and target, not both
      5 | data: {train: a.jsonl, split: {test: 0.2}, columns: {messages: m, target: a}}
        |                                                                ^
    "
  `)
  const text = (data: string) => reportOn(`${own('text')}data: {${data}, columns: {text: body}}\n`)
  expect(await text('train: a.txt, test: {b: b.jsonl}')).toBe('no fault')
  expect(await text("train: a.txt, test: {b: {hub: o/d, file: 'b/*.txt'}}")).toMatchInlineSnapshot(`
    "
    recipe.yaml:5:62: data.columns is not read, because .txt files have no columns; leave it out
      5 | data: {train: a.txt, test: {b: {hub: o/d, file: 'b/*.txt'}}, columns: {text: body}}
        |                                                              ^^^^^^^
    "
  `)
})

test('columns named after a task are refused where texts are scored by perplexity', async () => {
  const data = 'data: {train: a.jsonl, test: {gsm8k: b.jsonl}}\n'
  expect(await reportOn(`${own('instruct')}${data}`)).toBe('no fault')
  expect(await reportOn(`${own('instruct')}evaluate: {metric: perplexity}\n${data}`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:6:38: column gsm8k would be scored by perplexity, not as the task gsm8k; rename the column
      6 | data: {train: a.jsonl, test: {gsm8k: b.jsonl}}
        |                                      ^^^^^^^
    "
  `)
  expect(await reportOn(`${own('text')}${data}`)).toContain('column gsm8k would be scored by perplexity')
  expect(await reportOn(`${own('text')}data: {train: a.jsonl, test: {text: b.jsonl}}\n`)).toBe('no fault')
})

test('lengths of answers are refused where none are written', async () => {
  const ask = (recipe: string) => reportOn(`${recipe}data: {train: a.jsonl, test: {b: b.jsonl}}\n`)
  const length = 'evaluate: {maxNewTokens: 8}\n'
  expect(await ask(`${own('instruct')}${length}`)).toBe('no fault')
  expect(await ask(`${own('rte')}${length}`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:5:26: evaluate.maxNewTokens is only for tasks with written answers, not for rte; leave it out
      5 | evaluate: {maxNewTokens: 8}
        |                          ^
    "
  `)
  expect(await ask(`${own('text')}${length}`)).toMatchInlineSnapshot(`
    "
    recipe.yaml:5:26: evaluate.maxNewTokens is only for tasks with written answers, not for text; leave it out
      5 | evaluate: {maxNewTokens: 8}
        |                          ^
    "
  `)
  const likelihood = 'evaluate: {metric: perplexity, maxNewTokens: 8}\n'
  expect(await ask(`${own('instruct')}${likelihood}`)).toContain('not for metric perplexity; leave it out')
})

/** A recipe of a task but for its data. */
const own = (task: string) =>
  `task: ${task}\nmodel: m\nadapter: {method: lora, rank: 1, targets: [q_proj]}\ntrain: {lr: 1, steps: 1, batch: 1}\n`

test('longer answers than any column is published with are refused', async () => {
  const ask = (most: number, columns: string) =>
    reportOn(`extends: base.yaml\n${LORA}evaluate: {maxNewTokens: ${most}}\ndata: {train: a, test: {${columns}}}\n`)
  expect(await ask(512, 'gsm8k: b')).toBe('no fault')
  expect(await ask(1000, 'gsm8k: b, math: c')).toBe('no fault')
  expect(await ask(1000, 'gsm8k: b')).toMatchInlineSnapshot(`
    "
    recipe.yaml:3:26: evaluate.maxNewTokens must be at most 512, the limit of the published evaluation: 1000
      3 | evaluate: {maxNewTokens: 1000}
        |                          ^^^^
    "
  `)
})

test('a version of the paper is no key of a recipe, and the near one is named', async () => {
  const report = await reportOn(`paper: {cell: t1.g2.svft_p, version: neurips}`)
  expect(report).toContain(
    'recipe.yaml:1:38: paper.version must be left out, because paper.cell names the version by its first letter (did you mean --version neurips2024?): neurips\n',
  )
})
