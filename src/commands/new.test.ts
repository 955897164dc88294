import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'
import {readRecipe} from '../recipes/file/read.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  writeRecipe(folder, {paper: {cell: 't1.g2.svft_p', gsm8k: 40.34}})
})

const read = (name: string) => readFileSync(join(folder, name), 'utf8')
/** As the command reads it: paths of overrides start at the working folder. */
const resolved = async (name: string, set: readonly string[] = []) => {
  process.chdir(folder)
  const {name: _, paper: __, set: ___, ...rest} = (await readRecipe(join(folder, name), {set})).recipe
  return rest
}

test('a new recipe extends the other, with often changed values as comments', async () => {
  const {stdout, exitCode} = await svft(folder, ['new', 'tiny.yaml', 'sub/mine.yaml'])
  expect(exitCode).toBe(0)
  expect(stdout).toBe(
    'wrote sub/mine.yaml; edit it, then:\n  svft show sub/mine.yaml\n  svft plan sub/mine.yaml\n  svft run sub/mine.yaml',
  )
  expect(await resolved('sub/mine.yaml')).toEqual(await resolved('tiny.yaml'))
  expect(read('sub/mine.yaml')).toMatchInlineSnapshot(`
    "# tiny, changed: uncomment what you change and the heading of its block. A method other than svft needs its own settings.
    extends: "../tiny.yaml"
    # adapter:
    #   pattern: "banded"
    #   diagonals: 1
    #   basis: "thin"
    #   gate: true
    #   init: "kaiming"
    #   sampling: "replacement"
    #   topk: "code"
    #   targets: ["q_proj","down_proj"]
    #   match: "substring"
    # train:
    #   lr: 0.01
    #   steps: 4
    #   batch: 4
    #   microBatch: 2
    #   maxTokens: 96
    # seed: 42
    "
  `)
  const uncommented = read('sub/mine.yaml').replace(/^# ((adapter|train):| {2}(rank|lr):.*| {2}diagonals: 1)/gm, '$1')
  writeFileSync(join(folder, 'sub/mine.yaml'), uncommented.replace('diagonals: 1', 'diagonals: 2'))
  expect((await resolved('sub/mine.yaml')).adapter).toMatchObject({pattern: 'banded', diagonals: 2})
})

test('the next commands quote a path for the shell', async () => {
  const {stdout} = await svft(folder, ['new', 'tiny.yaml', 'my own.yaml', '--json'])
  expect(JSON.parse(stdout).result.next).toEqual(
    ['show', 'plan', 'run'].map(command => `svft ${command} 'my own.yaml'`),
  )
})

test('a recipe of another method at the same learning rate is written with a warning', async () => {
  const method = ['--set', 'adapter={method: lora, rank: 2, targets: [q_proj]}', '--set', 'adapter.method=lora']
  const {stderr} = await svft(folder, ['new', 'tiny.yaml', 'sub/lora.yaml', ...method])
  expect(stderr).toBe(
    'warning: train.lr: 0.01 is that of the other recipe, and the best rates of methods are orders of magnitude apart; svft tune finds them (docs/TUNE.md)',
  )
  expect(await svft(folder, ['new', 'tiny.yaml', 'sub/rate.yaml', ...method, '--set', 'train.lr=1e-3'])).toMatchObject({
    exitCode: 0,
    stderr: '',
  })
})

test('a value that --set removes is removed by the new file', async () => {
  const set = ['train.microBatch=null', 'paper=null', 'evaluate.batch=null']
  const {exitCode} = await svft(folder, ['new', 'tiny.yaml', 'sub/removed.yaml', ...set.flatMap(one => ['--set', one])])
  expect(exitCode).toBe(0)
  expect(read('sub/removed.yaml')).not.toContain('paper') // which no recipe inherits
  const {train, evaluate} = await resolved('sub/removed.yaml')
  expect([train?.microBatch, evaluate.batch]).toEqual([4, 16])
  expect({train, evaluate}).toMatchObject(
    await resolved('tiny.yaml', set).then(({train, evaluate}) => ({train, evaluate})),
  )
})

test('--set values are written into the new file, and act as they do on the command line', async () => {
  const set = ['train.lr=5e-2', 'train.lrs={"embed.*": 1e-3}', 'train.epochs=2', 'adapter.targets=[v_proj]', 'seed=7']
  const flags = set.flatMap(one => ['--set', one])
  const {exitCode} = await svft(folder, ['new', 'tiny.yaml', 'sub/set.yaml', ...flags])
  expect(exitCode).toBe(0)
  expect(await resolved('sub/set.yaml')).toEqual(await resolved('tiny.yaml', set))
  expect(read('sub/set.yaml')).toMatchInlineSnapshot(`
    "# tiny, changed: uncomment what you change and the heading of its block. A method other than svft needs its own settings.
    extends: "../tiny.yaml"
    adapter:
      targets: [ v_proj ]
    #   pattern: "banded"
    #   diagonals: 1
    #   basis: "thin"
    #   gate: true
    #   init: "kaiming"
    #   sampling: "replacement"
    #   topk: "code"
    #   match: "substring"
    train:
      lr: 0.05
      lrs:
        embed.*: 0.001
      epochs: 2
    #   batch: 4
    #   microBatch: 2
    #   maxTokens: 96
    seed: 7
    "
  `)
})

test('a new recipe for images lists no limit of tokens', async () => {
  const {exitCode} = await svft(folder, [
    'new',
    join(import.meta.dirname, '../../configs/vision/mini/lora-r8.yaml'),
    'seen.yaml',
  ])
  expect(exitCode).toBe(0)
  expect(read('seen.yaml')).toContain('#   batch: ')
  expect(read('seen.yaml')).not.toContain('maxTokens')
})

test.each([
  [
    'another method',
    ['adapter.rank=9', 'adapter.method=lora', 'adapter.rank=2', 'adapter.targets=[v_proj]', 'train.lr=1e-3'],
  ],
  ['a path from the working folder', ['data.test.math=test.jsonl', 'data.train=./train.jsonl', 'model=model']],
  ['what the hub has', ['model.hub=owner/model', 'model.revision=v1', 'data.train={hub: owner/data, file: a.jsonl}']],
  ['a model of a configuration', ['model={config: model/config.json, init: random}', 'profile=paper', 'name=mine']],
])('%s is set in the new file as on the command line', async (name, set) => {
  const file = `other/${name.replaceAll(' ', '-')}.yaml`
  const flags = set.flatMap(one => ['--set', one])
  expect(await svft(folder, ['new', 'tiny.yaml', file, ...flags])).toMatchObject({exitCode: 0, stderr: ''})
  expect(await resolved(file)).toEqual(await resolved('tiny.yaml', set))
})

test('with --full the recipe stands alone, without the scores of the paper', async () => {
  const {exitCode} = await svft(folder, ['new', 'tiny.yaml', 'whole.yaml', '--full', '--set', 'train.lr=5e-2'])
  expect(exitCode).toBe(0)
  expect(read('whole.yaml')).not.toMatch(/extends|paper|name/)
  const tiny = await resolved('tiny.yaml')
  expect(await resolved('whole.yaml')).toEqual({...tiny, train: {...tiny.train, lr: 5e-2}})
})

test('an existing file is not overwritten', async () => {
  writeFileSync(join(folder, 'taken.yaml'), 'mine')
  const {exitCode, stderr} = await svft(folder, ['new', 'tiny.yaml', 'taken.yaml'])
  expect([exitCode, stderr]).toEqual([2, 'taken.yaml: already exists; name a new file'])
  expect(read('taken.yaml')).toBe('mine')
})
