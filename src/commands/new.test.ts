import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, svft, writeRecipe} from '../../test/workplace.ts'
import {readRecipe} from '../recipes/read.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  writeRecipe(folder, {paper: {cell: 't1.g2.svft_p', gsm8k: 40.34}})
})

const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const resolved = async (name: string) => {
  const {name: _, paper: __, ...rest} = (await readRecipe(join(folder, name))).recipe
  return rest
}

test('a new recipe extends the other, with what is often changed as comments', async () => {
  const {stdout, exitCode} = await svft(folder, ['new', 'tiny.yaml', 'sub/mine.yaml'])
  expect(exitCode).toBe(0)
  expect(stdout).toBe(
    'wrote sub/mine.yaml; edit it, then:\n  svft show sub/mine.yaml\n  svft plan sub/mine.yaml\n  svft run sub/mine.yaml',
  )
  expect(await resolved('sub/mine.yaml')).toEqual(await resolved('tiny.yaml'))
  expect(read('sub/mine.yaml')).toMatchInlineSnapshot(`
    "# tiny, changed: uncomment what you change, with the line of its block. Another method than svft needs its own settings.
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

test('in full it stands alone, without the numbers of the paper', async () => {
  const {exitCode} = await svft(folder, ['new', 'tiny.yaml', 'whole.yaml', '--full', '--set', 'train.lr=5e-2'])
  expect(exitCode).toBe(0)
  expect(read('whole.yaml')).not.toMatch(/extends|paper|name/)
  const tiny = await resolved('tiny.yaml')
  expect(await resolved('whole.yaml')).toEqual({...tiny, train: {...tiny.train, lr: 5e-2}})
})

test('a file that exists is left alone', async () => {
  writeFileSync(join(folder, 'taken.yaml'), 'mine')
  const {exitCode, stderr} = await svft(folder, ['new', 'tiny.yaml', 'taken.yaml'])
  expect([exitCode, stderr]).toEqual([2, 'taken.yaml: exists; name a file that does not'])
  expect(read('taken.yaml')).toBe('mine')
})
