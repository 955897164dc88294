import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {readRecipe, readRecipes} from './read.ts'
import {spanAt} from './yaml/tree.ts'

const root = openFolder()
const write = (name: string, text: string) => {
  mkdirSync(dirname(join(root, name)), {recursive: true})
  writeFileSync(join(root, name), text)
}

beforeAll(() => {
  process.chdir(root)
  write(
    'configs/gsm8k/_base.yaml',
    `
task: gsm8k
model: ../../models/mini
data: {train: ../../data/train.jsonl, test: {gsm8k: ../../data/test.jsonl}}
adapter: {targets: [q_proj, v_proj]}
train: {lr: 1e-3, epochs: 2, batch: 16, warmup: 0.1, schedule: cosine}
`,
  )
  write('configs/gsm8k/mini/plain.yaml', 'extends: ../_base.yaml\nadapter: {method: svft, pattern: plain}\n')
})

test('defaults are filled in and paths start at the file that wrote them', async () => {
  const {recipe, files} = await readRecipe('configs/gsm8k/mini/plain.yaml')
  expect(recipe).toEqual({
    name: 'gsm8k/mini/plain',
    profile: 'official-code',
    task: 'gsm8k',
    model: {path: join(root, 'models/mini')},
    data: {train: join(root, 'data/train.jsonl'), test: {gsm8k: join(root, 'data/test.jsonl')}},
    adapter: {
      method: 'svft',
      pattern: 'plain',
      diagonals: 0,
      basis: 'thin',
      gate: true,
      init: 'kaiming',
      sampling: 'replacement',
      topk: 'code',
      targets: ['q_proj', 'v_proj'],
      match: 'substring',
    },
    train: {
      lr: 1e-3,
      lrs: {},
      epochs: 2,
      batch: 16,
      microBatch: 16,
      weighting: 'micro-batches',
      warmup: 0.1,
      schedule: 'cosine',
      scheduleLength: 'all-steps',
      weightDecay: 0,
      clip: 1,
      betas: [0.9, 0.999],
      eps: 1e-8,
      padToken: 'added',
      heldOut: 0,
      maxTokens: 512,
      recompute: false,
      keep: 'last',
    },
    evaluate: {batch: 16, prompt: 'official', splits: ['gsm8k']},
    seed: 42,
    engine: 'onnx',
  })
  expect(files).toEqual([join(root, 'configs/gsm8k/_base.yaml'), join(root, 'configs/gsm8k/mini/plain.yaml')])
})

test('a recipe is JSON', async () => {
  const {recipe} = await readRecipe('configs/gsm8k/mini/plain.yaml')
  expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe)
})

test('the child wins, maps merge, lists are replaced, later files of a list win', async () => {
  write('a.yaml', 'seed: 1\nthreads: 1\ndata: {test: {a: a.jsonl}}\nadapter: {method: lora, rank: 1, alpha: 2}\n')
  write('more/b.yaml', 'seed: 2\nthreads: 2\ndata: {test: {b: b.jsonl}, limit: {test: 5}}\n')
  write(
    'child.yaml',
    'extends: [configs/gsm8k/_base.yaml, a.yaml, more/b.yaml]\nseed: 3\nadapter: {rank: 8, targets: [o_proj]}\n',
  )
  const {recipe, files} = await readRecipe('child.yaml')
  expect(recipe).toMatchObject({name: 'child', seed: 3, threads: 2})
  expect(recipe.adapter).toEqual({
    method: 'lora',
    rank: 8,
    alpha: 2,
    dropout: 0,
    targets: ['o_proj'],
    match: 'substring',
  })
  expect(recipe.data).toEqual({
    train: join(root, 'data/train.jsonl'),
    test: {gsm8k: join(root, 'data/test.jsonl'), a: join(root, 'a.jsonl'), b: join(root, 'more/b.jsonl')},
    limit: {test: 5},
  })
  expect(files.map(file => file.slice(root.length + 1))).toEqual([
    'configs/gsm8k/_base.yaml',
    'a.yaml',
    'more/b.yaml',
    'child.yaml',
  ])
})

test('of a file that recipes only extend, what to name instead; a whole recipe may be called _….yaml too', async () => {
  const says = (file: string, folder: string) =>
    `${file}: not a whole recipe, only a base for others to extend; name one of those or their folder: ${folder}`
  await expect(readRecipe('configs/gsm8k/_base.yaml')).rejects.toMatchObject({
    kind: 'usage',
    message: says('configs/gsm8k/_base.yaml', 'configs/gsm8k'),
  })
  write('_own.yaml', 'extends: configs/gsm8k/mini/plain.yaml\n')
  expect((await readRecipe('_own.yaml')).recipe.task).toBe('gsm8k')
  write('_wrong.yaml', 'extends: configs/gsm8k/mini/plain.yaml\ntrain: {batch: many}\n')
  await expect(readRecipe('_wrong.yaml')).rejects.toMatchObject({kind: 'recipe'})
})

test('a file that is reached twice is read once', async () => {
  write('left.yaml', 'extends: configs/gsm8k/_base.yaml\nseed: 1\n')
  write('right.yaml', 'extends: configs/gsm8k/_base.yaml\nadapter: {method: none}\n')
  write('diamond.yaml', 'extends: [left.yaml, right.yaml]\n')
  const {files} = await readRecipe('diamond.yaml')
  expect(files).toHaveLength(4)
})

test('another method takes over the inherited targets, and nothing else of the adapter', async () => {
  const rest = 'train: {lr: 1e-2, steps: 1, batch: 1}\nmodel: m\ndata: {train: a, test: {a: b}}\n'
  const svft = '{method: svft, pattern: banded, diagonals: 1, targets: [q_proj], match: suffix}'
  write('svft.yaml', `task: gsm8k\nadapter: ${svft}\n${rest}`)
  write('lora.yaml', 'extends: svft.yaml\nadapter: {method: lora, rank: 8, alpha: 8}\n')
  const own = {method: 'lora', rank: 8, alpha: 8}
  const adapter = async (file: string, set: readonly string[] = []) => (await readRecipe(file, {set})).recipe.adapter
  expect(await adapter('lora.yaml')).toMatchObject({...own, targets: ['q_proj'], match: 'suffix'})
  expect(await adapter('lora.yaml')).not.toHaveProperty('diagonals')
  expect(await adapter('svft.yaml', ['adapter.method=full'])).toEqual({method: 'full'})
  expect(await adapter('lora.yaml', ['adapter.method=boft', 'adapter.b=2'])).toMatchObject({targets: ['q_proj']})
  await expect(readRecipe('svft.yaml', {set: ['adapter.method=lora']})).rejects.toThrow(
    /^--set adapter\.method=lora: missing key in adapter: rank \(.*\); add --set adapter\.rank=…$/m,
  )
  write('vera.yaml', 'extends: lora.yaml\nadapter: {method: vera, rank: 8, targets: [v_proj]}\n')
  expect(await adapter('vera.yaml')).toMatchObject({targets: ['v_proj'], match: 'suffix'})
})

test('another method replaces the inherited adapter, another model the inherited model', async () => {
  write(
    'other.yaml',
    'extends: configs/gsm8k/mini/plain.yaml\nadapter: {method: full}\nmodel: {config: m, init: random}\n',
  )
  write('third.yaml', 'extends: other.yaml\nmodel: {path: n}\n')
  expect((await readRecipe('other.yaml')).recipe).toMatchObject({
    adapter: {method: 'full'},
    model: {config: join(root, 'm'), init: 'random'},
  })
  expect((await readRecipe('third.yaml')).recipe.model).toEqual({path: join(root, 'n')})
})

test.each([
  [['train.warmup=0.1', 'train.warmupSteps=5'], 'train takes warmup or warmupSteps, not both'],
  [['train.steps=5', 'train.epochs=2'], 'train takes epochs or steps, not both'],
])('flags that exclude each other are refused as in a file: %s', async (set, message) => {
  const file = 'configs/gsm8k/mini/plain.yaml'
  await expect(readRecipe(file, {set})).rejects.toThrow(message)
  const {recipe} = await readRecipe(file, {set: [set[1]]}) // which replaces what the file says
  expect(recipe.train).toMatchObject(set[1].includes('warmup') ? {warmup: 0, warmupSteps: 5} : {epochs: 2})
})

const CUT = `
task: text-classification
model: m
data: {train: t.csv, columns: {label: stars}, split: {validation: 0.1, test: 0.1}}
adapter: {method: head}
train: {lr: 1e-3, epochs: 2, warmup: 0.2, batch: 1}
`

test('a test split is cut out of train, wherever the recipe is', async () => {
  write('elsewhere/cut.yaml', CUT)
  const {data} = (await readRecipe('elsewhere/cut.yaml')).recipe
  expect(data).toMatchObject({train: join(root, 'elsewhere/t.csv'), test: {test: data.train}})
})

test('an empty map over an inherited one, which would change nothing, is refused in a file and on the command line', async () => {
  write('cut.yaml', CUT)
  const refused = (path: string, options = {}) => expect(readRecipe(path, options)).rejects
  const what = 'is an empty map, which leaves the inherited one unchanged; null removes it'
  await refused('cut.yaml', {set: ['data.split={}']}).toThrow(`--set data.split={}: data.split ${what}`)
  await refused('cut.yaml', {set: ['data={split: {}}']}).toThrow(`: data.split ${what}`)
  write('empty.yaml', 'extends: cut.yaml\ntrain: {}\n')
  await refused('empty.yaml').toThrow(`empty.yaml:2:1: train ${what}`)
  write('plain.yaml', `${CUT}\nevaluate: {}\n`)
  expect((await readRecipe('plain.yaml')).recipe.name).toBe('plain')
})

test('null removes what is inherited, in a file and on the command line', async () => {
  write('cut.yaml', CUT)
  write('own-test.yaml', 'extends: cut.yaml\ndata: {split: {test: null}, columns: ~, test: {own: own.csv}}\n')
  const {data} = (await readRecipe('own-test.yaml')).recipe
  expect(data).toMatchObject({split: {validation: 0.1}, test: {own: join(root, 'own.csv')}})
  expect(data.split).not.toHaveProperty('test')
  expect(data).not.toHaveProperty('columns')
  const set = ['data.split=null', 'data.test={own: own.csv}', 'train.warmup=null']
  const {recipe} = await readRecipe('cut.yaml', {set})
  expect(recipe.data).not.toHaveProperty('split')
  expect(recipe.train).toMatchObject({epochs: 2, warmup: 0}) // the default
  expect(recipe.set).toBe('data.split=null data.test.own=own.csv evaluate.splits=["own"] train.warmup=0')
  write('back.yaml', 'extends: own-test.yaml\ndata: {test: null, columns: {text: review}, split: {test: 0.3}}\n')
  expect((await readRecipe('back.yaml')).recipe.data).toMatchObject({
    columns: {text: 'review'},
    split: {validation: 0.1, test: 0.3},
    test: {test: join(root, 't.csv')},
  })
})

test('a warmup of 0, as svft show prints it beside warmupSteps, is none', async () => {
  write('shown.yaml', CUT.replace('warmup: 0.2', 'warmup: 0, warmupSteps: 5'))
  expect((await readRecipe('shown.yaml')).recipe.train).toMatchObject({warmup: 0, warmupSteps: 5})
})

test('a setting that is removed replaces no other', async () => {
  write('warm.yaml', `${CUT.replace('epochs: 2', 'steps: 9')}`)
  write('long.yaml', 'extends: warm.yaml\ntrain: {steps: null, epochs: 3, warmup: null, warmupSteps: 2}\n')
  const {train} = (await readRecipe('long.yaml')).recipe
  expect(train).toMatchObject({epochs: 3, warmup: 0, warmupSteps: 2})
  expect(train).not.toHaveProperty('steps')
  write('short.yaml', 'extends: long.yaml\ntrain: {warmupSteps: null}\n')
  expect((await readRecipe('short.yaml')).recipe.train).toMatchObject({epochs: 3, warmup: 0})
})

test('null in the place of nothing, an empty value, and a required key that is removed are refused', async () => {
  write('cut.yaml', CUT)
  const refused = (text: string) => {
    write('refused.yaml', text)
    return expect(readRecipe('refused.yaml')).rejects
  }
  await refused(`${CUT}evaluate: null\n`).toThrow(
    'evaluate must be a map: null; null removes an inherited value, and none is inherited here',
  )
  await refused('extends: cut.yaml\ntrain: {steps: null}\n').toThrow('train.steps must be a whole number')
  await refused('extends: cut.yaml\ntrain:\n  lr:\n').toThrow('train.lr must be a number above 0: nothing')
  await refused('extends: cut.yaml\ntrain: {lr: null}\n').toThrow('missing key in train: lr')
  await refused('extends: cut.yaml\ndata: {split: null}\n').toThrow('missing key in data: test')
  await expect(readRecipe('cut.yaml', {set: ['data.split=']})).rejects.toThrow('data.split must be a map: nothing')
})

test('steps replace inherited epochs, warm-up steps an inherited share', async () => {
  write('steps.yaml', 'extends: configs/gsm8k/mini/plain.yaml\ntrain: {steps: 100, warmupSteps: 10}\n')
  const {train} = (await readRecipe('steps.yaml')).recipe
  expect(train).toMatchObject({steps: 100, warmup: 0, warmupSteps: 10})
  expect(train).not.toHaveProperty('epochs')
})

test('method none needs no training and has none', async () => {
  write('base-row.yaml', 'extends: configs/gsm8k/_base.yaml\nadapter: {method: none}\n')
  const {recipe} = await readRecipe('base-row.yaml')
  expect(recipe.adapter).toEqual({method: 'none'})
  expect(recipe.train).toBeUndefined()
})

test('settings that a base shares reach only the methods that have them', async () => {
  write('shared.yaml', 'extends: configs/gsm8k/_base.yaml\nadapter: {targets: all-linear, alpha: 16, tragets: 3}\n')
  write('full.yaml', 'extends: configs/gsm8k/_base.yaml\nadapter: {method: full}\n')
  write('typo.yaml', 'extends: shared.yaml\nadapter: {method: full}\n')
  expect((await readRecipe('full.yaml')).recipe.adapter).toEqual({method: 'full'})
  await expect(readRecipe('typo.yaml')).rejects.toThrow(
    /^shared.yaml:2:43: unknown key in adapter: tragets; .*\n.*\n.*$/,
  )
})

test('settings written for a method that does not have them are faults, wherever they are written', async () => {
  write('above.yaml', 'extends: full.yaml\nadapter: {rank: 4}\n')
  await expect(readRecipe('above.yaml')).rejects.toThrow(
    'above.yaml:2:11: unknown key in adapter: rank; not for method full',
  )
  await expect(readRecipe('full.yaml', {set: ['adapter.rank=4']})).rejects.toThrow('--set adapter.rank=4: unknown key')
})

test('a name is the path below configs, or what the file says, and neither it nor a row of the paper is inherited', async () => {
  const paper = 'paper: {cell: t1.g2.svft_p}'
  write('configs/gsm8k/named.yaml', `extends: _base.yaml\nname: my/name\nadapter: {method: none}\n${paper}\n`)
  write('configs/gsm8k/deep/un named.yml', 'extends: ../named.yaml\n')
  expect((await readRecipe('configs/gsm8k/named.yaml')).recipe.name).toBe('my/name')
  const {recipe} = await readRecipe('configs/gsm8k/deep/un named.yml')
  expect([recipe.name, recipe.paper]).toEqual(['gsm8k/deep/un-named', undefined])
})

test('letters and digits of any script make a name, and a file whose name makes none must write one', async () => {
  const base = 'extends: configs/gsm8k/_base.yaml\nadapter: {method: none}\n'
  for (const name of ['日本', 'Prüfung-2', 'हिन्दी']) {
    write(`${name}.yaml`, base)
    expect((await readRecipe(`${name}.yaml`)).recipe.name).toBe(name)
    write('says.yaml', `${base}name: ${name}\n`)
    expect((await readRecipe('says.yaml')).recipe.name).toBe(name)
  }
  write('cafe\u0301.yaml', base)
  expect((await readRecipe('cafe\u0301.yaml')).recipe.name).toBe('caf\u00e9')
  for (const file of ['a..b.yaml', '🦊🦊.yaml', '.hidden.yaml']) {
    write(file, base)
    await expect(readRecipe(file)).rejects.toMatchObject({
      kind: 'recipe',
      message: expect.stringMatching(
        /^\S+: not a valid recipe name: \S+; rename the file, or set name: in it; a name must be letters, .+$/u,
      ),
    })
    expect((await readRecipe(file, {set: ['name=fox']})).recipe.name).toBe('fox')
  }
})

test('overrides win over files; their paths start in the working folder', async () => {
  const {recipe} = await readRecipe('configs/gsm8k/mini/plain.yaml', {
    set: [
      'train.lr=5e-2',
      'train.lr=1e-2',
      'train.steps=7',
      'train.lrs.model.layers.0.*=1e-4',
      'adapter={pattern: banded, diagonals: 8}',
      'adapter.targets=[o_proj]',
      'data.test.math=x/math.jsonl',
      'model=here',
      'paper.cell=t1.g2.lora1',
      'paper.gsm8k=32.97',
      'seed=7',
    ],
  })
  expect(recipe.train).toMatchObject({lr: 1e-2, steps: 7, lrs: {'model.layers.0.*': 1e-4}})
  expect(recipe.adapter).toMatchObject({method: 'svft', pattern: 'banded', diagonals: 8, targets: ['o_proj']})
  expect(recipe.data.test.math).toBe(join(root, 'x/math.jsonl'))
  expect(recipe.model).toEqual({path: join(root, 'here')})
  expect(recipe.paper).toEqual({cell: 't1.g2.lora1', gsm8k: 32.97})
  expect(recipe.seed).toBe(7)
})

test('sources of the hub become addresses; another repository inherits no revision', async () => {
  const commit = 'a'.repeat(40)
  write(
    'hub.yaml',
    [
      'extends: configs/gsm8k/_base.yaml',
      `model: {hub: google/gemma-2b, revision: ${commit}}`,
      'data: {train: {hub: o/d, file: data/train-*.parquet}}',
      'adapter: {method: none}',
    ].join('\n'),
  )
  write('child.yaml', 'extends: hub.yaml\nmodel: {hub: google/gemma-7b}\ndata: {train: {file: b.jsonl}}\n')
  write('local.yaml', 'extends: hub.yaml\nmodel: {path: mini}\ndata: {train: b.jsonl}\n')
  const {model, data} = (await readRecipe('hub.yaml')).recipe
  expect(model).toEqual({path: `hf://google/gemma-2b@${commit}`})
  expect(data.train).toBe('hf://datasets/o/d@main/data/train-*.parquet')
  const child = (await readRecipe('child.yaml')).recipe
  expect(child.model).toEqual({path: 'hf://google/gemma-7b@main'})
  expect(child.data.train).toBe('hf://datasets/o/d@main/b.jsonl')
  const local = (await readRecipe('local.yaml', {set: ['data.test.x={hub: o/d, file: x.jsonl}']})).recipe
  expect(local.model).toEqual({path: join(root, 'mini')})
  expect([local.data.train, local.data.test.x]).toEqual([join(root, 'b.jsonl'), 'hf://datasets/o/d@main/x.jsonl'])
})

test('another file of the same repository inherits its revision, and --set changes the revision of one test file', async () => {
  const [commit, other] = ['a'.repeat(40), 'b'.repeat(40)]
  write(
    'pinned.yaml',
    [
      'extends: configs/gsm8k/_base.yaml',
      'model: m',
      `data: {train: {hub: o/d, file: a.jsonl, revision: ${commit}}, test: {gsm8k: {hub: o/d, file: t.jsonl, revision: ${commit}}}}`,
      'adapter: {method: none}',
    ].join('\n'),
  )
  write('same.yaml', 'extends: pinned.yaml\ndata: {train: {hub: o/d, file: b.jsonl}}\n')
  const {data} = (await readRecipe('same.yaml', {set: [`data.test.gsm8k.revision=${other}`]})).recipe
  expect(data.train).toBe(`hf://datasets/o/d@${commit}/b.jsonl`)
  expect(data.test.gsm8k).toBe(`hf://datasets/o/d@${other}/t.jsonl`)
  await expect(readRecipe('same.yaml', {set: ['data.test.a.b=x.jsonl']})).rejects.toThrow('a.b')
})

test('a column of splits and shares replace each other', async () => {
  write('shares.yaml', CUT)
  write('column.yaml', 'extends: shares.yaml\ndata: {split: {column: part}}\n')
  expect((await readRecipe('column.yaml')).recipe.data.split).toEqual({column: 'part'})
  write('again.yaml', 'extends: column.yaml\ndata: {split: {test: 0.3}}\n')
  expect((await readRecipe('again.yaml')).recipe.data.split).toEqual({test: 0.3, seed: 0})
  const split = async (file: string, ...set: string[]) => (await readRecipe(file, {set})).recipe.data.split
  expect(await split('shares.yaml', 'data.split.column=part')).toEqual({column: 'part'})
  expect(await split('column.yaml', 'data.split.test=0.1')).toEqual({test: 0.1, seed: 0})
  expect(await split('column.yaml', 'data.split.test=0.1', 'data.split.seed=3')).toEqual({test: 0.1, seed: 3})
})

test('flags for a column of splits and for shares are refused together, and a seed does not replace a column', async () => {
  write('shares.yaml', CUT)
  write('column.yaml', 'extends: shares.yaml\ndata: {split: {column: part}}\n')
  const both = ['data.split.column=part', 'data.split.test=0.1']
  const refusal = (key: string) => `unknown key in data.split: ${key}; known: {column} or {validation, test, seed}`
  for (const set of [both, both.toReversed()]) {
    await expect(readRecipe('column.yaml', {set})).rejects.toThrow(refusal('test'))
  }
  await expect(readRecipe('column.yaml', {set: ['data.split.seed=3']})).rejects.toThrow(refusal('seed'))
})

test('names of trials and of tuned recipes are left to svft tune', async () => {
  write('trial.yaml', 'extends: configs/gsm8k/mini/plain.yaml\nname: tune/x\n')
  await expect(readRecipe('trial.yaml')).rejects.toThrow(
    'trial.yaml:2:7: name: names that begin with tune/ are those of the trials of svft tune; choose another: tune/x',
  )
  write('configs/tuned/gsm8k/mini/plain.yaml', 'extends: ../../../gsm8k/mini/plain.yaml\n')
  await expect(readRecipe('configs/tuned/gsm8k/mini/plain.yaml')).rejects.toThrow(
    /names that begin with tuned\/ are those of recipes that svft tune has written, with their search; choose another: tuned\/gsm8k\/mini\/plain/,
  )
  const {recipe} = await readRecipe('configs/gsm8k/mini/plain.yaml', {set: ['name=tune/x']}) // as trials are named
  expect(recipe.name).toBe('tune/x')
})

test('a missing recipe names its neighbours', async () => {
  await expect(readRecipe('configs/gsm8k/mini/plian.yaml')).rejects.toMatchObject({
    kind: 'recipe',
    message: 'configs/gsm8k/mini/plian.yaml: no such file; did you mean plain.yaml?',
  })
  await expect(readRecipe('configs/gsm8k/mini/plain')).rejects.toThrow(/did you mean plain.yaml\?$/)
  await expect(readRecipe('confgs/plain.yaml')).rejects.toThrow(
    'confgs/plain.yaml: no such file, nor its folder: confgs; svft list prints the recipes that ship with svft',
  )
  await expect(readRecipe('dinov2')).rejects.toThrow(
    'dinov2: no such file; svft list prints the recipes that ship with svft',
  )
  await expect(readRecipe('configs')).rejects.toThrow('configs: a recipe is a file, not a folder')
})

test('recipes that are read together share the sources that they extend, and the first bad file is the one reported', async () => {
  write('configs/gsm8k/mini/full.yaml', 'extends: ../_base.yaml\nadapter: {method: full}\n')
  const together = await readRecipes(['configs/gsm8k/mini/plain.yaml', 'configs/gsm8k/mini/full.yaml'])
  expect(together.map(({recipe}) => recipe.adapter.method)).toEqual(['svft', 'full'])
  const [one, other] = together.map(({tree}) => spanAt(tree, ['task']).source)
  expect(one.name).toBe('configs/gsm8k/_base.yaml')
  expect(other).toBe(one)
  write('first.yaml', 'tusk: gsm8k\n')
  await expect(readRecipes(['first.yaml', 'absent.yaml'])).rejects.toThrow('first.yaml:1:1')
})

test('a file that cannot be read is no mistake of the recipe: exit code 74, at the place that names it', async () => {
  const endless = 'x'.repeat(300) // a name that no file system takes
  await expect(readRecipe(`${endless}.yaml`)).rejects.toMatchObject({
    kind: 'io',
    message: expect.stringMatching(/^cannot read x+\.yaml: ENAMETOOLONG$/),
  })
  write('unreadable.yaml', `extends: ${endless}.yaml\n`)
  await expect(readRecipe(join(root, 'unreadable.yaml'))).rejects.toMatchObject({
    kind: 'io',
    message: expect.stringMatching(/unreadable\.yaml:1:10: cannot read x+/),
  })
})
