import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import sharp from 'sharp'
import {expect, test} from 'vitest'
import {DINOV2, VIT} from '../../../test/models/classifiers.ts'
import {openImagePlace} from '../../../test/support/classify-workplace.ts'
import {dataWarning} from '../../../test/support/data-warning.ts'
import {tinyRecipe} from '../../../test/support/workplace.ts'
import {openExperiment} from '../experiment.ts'
import type {Recipe} from '../file/schema.ts'
import {run} from '../run.ts'
import {countExamples} from './count-examples.ts'
import {labelsOf} from './open-data.ts'

const CIFAR = join(import.meta.dirname, '../../../test/datasets/images/cifar.parquet')

async function place(config = VIT) {
  const folder = await openImagePlace(config)
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const recipe = (changes: Parameters<typeof tinyRecipe>[1] = {}) =>
    tinyRecipe(folder, {
      task: 'images',
      data: {train: 'train', test: {test: 'test'}},
      adapter: {method: 'head'},
      ...changes,
      train: {lr: 1e-2, steps: 2, ...changes.train},
    })
  /** What tells the training images from others. */
  const hash = async (changes: Parameters<typeof tinyRecipe>[1] = {}) =>
    (await openExperiment(await recipe(changes))).data.hash(join(folder, 'train'))
  return {folder, recipe, hash}
}

const read = (folder: string) => readFileSync(join(folder, 'predictions-test.jsonl'), 'utf8')

test('of a few-shot source only the images that were drawn are read', async () => {
  const {folder, recipe, hash} = await place()
  const data = {train: 'train', test: {test: 'test'}, perClass: {train: 2, validation: 1}}
  const few = {data, evaluate: {splits: ['validation', 'test']}}
  const [before, all] = [await hash(few), await hash()]
  const files = readdirSync(join(folder, 'train'), {recursive: true, encoding: 'utf8'}).filter(name =>
    /png$/.test(name),
  )
  const other = await readOther(files)

  async function readOther(files: readonly string[]): Promise<string[]> {
    const unread: string[] = []
    for (const name of files) {
      const file = join(folder, 'train', name)
      const kept = readFileSync(file)
      writeFileSync(file, 'no image')
      if ((await hash(few)) === before) unread.push(name)
      else writeFileSync(file, kept)
    }
    return unread
  }
  expect([files.length, other.length]).toEqual([15, 15 - 3 * 3])
  expect(await hash()).not.toBe(all)
  expect((await run(await recipe(few))).row.scores).toMatchObject({validation: {n: 3}, test: {n: 6}})

  const limited = {...few, data: {...data, limit: {train: 4, test: 2}}, train: {steps: undefined, epochs: 1, batch: 2}}
  const {row} = await run(await recipe(limited))
  expect(row).toMatchObject({steps: 2, scores: {validation: {n: 2}, test: {n: 2}}})
  expect(await countExamples(await recipe(limited), 3)).toMatchObject({train: 4, score: {validation: 2}})

  rmSync(join(folder, 'train/red/4.png')) // another listing is another draw
  expect(await hash(few)).not.toBe(before)
})

test('predictions tell test images apart whose labels are equal', async () => {
  const {folder, recipe} = await place()
  const itemsOf = async (name: string) => {
    const {folder} = await run({...(await recipe()), name})
    const lines = read(folder).trimEnd().split('\n')
    return lines.map(line => JSON.parse(line)).map(({label, item}) => ({label, item}))
  }
  const first = await itemsOf('first')
  expect(new Set(first.map(({item}) => item)).size).toBe(first.length)
  const [image, other] = readdirSync(join(folder, 'test/red')).map(name => join(folder, 'test/red', name))
  const bytes = readFileSync(image)
  writeFileSync(image, readFileSync(other))
  writeFileSync(other, bytes)
  const swapped = await itemsOf('swapped')
  expect(swapped.map(({label}) => label)).toEqual(first.map(({label}) => label))
  const [i, j] = [...first.keys()].filter(i => swapped[i].item !== first[i].item)
  expect(swapped).toEqual(first.with(i, first[j]).with(j, first[i]))
  expect(await itemsOf('again')).toEqual(swapped)
})

test('a dataset of the hub trains, few-shot, and its whole file is scored in the order of its rows', async () => {
  const {folder, recipe} = await place({...VIT, image_size: 8})
  const data = {train: CIFAR, test: {test: CIFAR}, perClass: {train: 2, validation: 1}}
  const {row, folder: at} = await run(await recipe({data, evaluate: {splits: ['validation', 'test']}}))
  expect(row).toMatchObject({steps: 2, scores: {validation: {n: 3}, test: {n: 12}}})
  const labels = read(at)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).label)
  expect(labels).toEqual(Array.from({length: 12}, (_, i) => i % 3))
  expect(readdirSync(join(folder, 'cache/pixels'))).toHaveLength(3)
})

test('CIFAR-100 trains from its binary files, with its 100 classes', async () => {
  const {folder, recipe} = await place({...VIT, image_size: 8})
  writeFileSync(join(folder, 'fine_label_names.txt'), Array.from({length: 100}, (_, i) => `class ${i}`).join('\n'))
  for (const [name, count] of [
    ['train', 200],
    ['test', 100],
  ] as const) {
    const records = Buffer.alloc(count * 3074)
    for (let i = 0; i < count; i++) records.fill(i, i * 3074).writeUInt8(i % 100, i * 3074 + 1)
    writeFileSync(join(folder, `${name}.bin`), records)
  }
  const cifar = {
    task: 'cifar100',
    data: {train: 'train.bin', test: {cifar100: 'test.bin'}, limit: {train: 12, test: 9}},
  }
  const {row} = await run(await recipe(cifar))
  expect(row).toMatchObject({headParams: 100 * 12 + 100, scores: {cifar100: {n: 9, metric: 'accuracy'}}})
  const folders = {task: 'cifar100', data: {train: 'train', test: {test: 'test'}}}
  await expect(openExperiment(await recipe(folders))).rejects.toThrow('cifar100 has 100 classes, not 3')
})

test('images are prepared as the model’s own preprocessor_config.json says, which belongs to the run', async () => {
  const {folder, recipe, hash} = await place()
  const [first, before] = [await run(await recipe()), await hash()]
  const tell = (value: object) => writeFileSync(join(folder, 'model/preprocessor_config.json'), JSON.stringify(value))
  tell({size: {height: 4, width: 7}, image_mean: [0.5, 0.5, 0.5], resample: 2})
  expect(await hash()).toBe(before)
  tell({image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225]})
  const second = await run(await recipe())
  expect(second.folder).not.toBe(first.folder)
  expect(read(second.folder)).not.toBe(read(first.folder))
  writeFileSync(join(folder, 'model/generation_config.json'), '{"eos_token_id": 3}') // of texts, which nothing reads here
  expect((await run(await recipe())).already).toBe(true)
  tell({size: 224})
  await expect(openExperiment(await recipe())).rejects.toThrow(
    `${folder}/model/preprocessor_config.json: size: the model reads 4 × 7, not 224 × 224`,
  )
})

test('a DINOv2 trains on images of the size to which its processor crops them, and every preparation is another run', async () => {
  const {folder, recipe, hash} = await place({...DINOV2, image_size: 9, patch_size: 3})
  const hashes = [await hash()]
  const prepare = async (changes: object) => {
    const config = {image_processor_type: 'BitImageProcessor', size: {shortest_edge: 6}, crop_size: 6, ...changes}
    writeFileSync(join(folder, 'model/preprocessor_config.json'), JSON.stringify(config))
    hashes.push(await hash())
  }
  await prepare({})
  const {model, processor} = await openExperiment(await recipe())
  expect(model).toMatchObject({image: [3, 6, 6], tokens: 5})
  expect(processor).toMatchObject({scaled: {shortestEdge: 6}, size: {height: 6, width: 6}})
  const first = await run(await recipe())
  expect(first.row).toMatchObject({steps: 2, scores: {test: {n: 6}}})

  await prepare({size: {shortest_edge: 12}})
  expect(read((await run(await recipe())).folder)).not.toBe(read(first.folder))
  await prepare({size: {height: 8, width: 8}})
  await prepare({size: {height: 6, width: 6}})
  await prepare({size: {height: 7, width: 7}, do_center_crop: false})
  await prepare({crop_size: 7})
  expect(new Set(hashes).size).toBe(7)
})

async function warningsOf(recipe: Recipe): Promise<string[]> {
  const found: string[] = []
  await run(recipe, {onEvent: event => found.push(...dataWarning(event))})
  return found
}

test('test images that are also in the training data are reported', async () => {
  const {folder, recipe} = await place()
  writeFileSync(join(folder, 'test/red/0.png'), readFileSync(join(folder, 'train/blue/3.png')))
  expect(await warningsOf(await recipe())).toEqual(['test: 1 of 6 images is also in the training data'])
})

test('images with an EXIF orientation are reported once, unless it is applied', async () => {
  const {folder, recipe} = await place()
  for (const name of ['0', '1']) {
    const file = join(folder, `train/red/${name}.png`)
    writeFileSync(file, await sharp(file).withMetadata({orientation: 6}).toBuffer())
  }
  const warnings = async (data: object = {}) =>
    warningsOf(await recipe({data: {train: 'train', test: {test: 'test'}, ...data}}))
  expect(await warnings()).toEqual([
    `${folder}/train/red/0.png: has an EXIF orientation, which is not applied; data.orient: true rotates such images, as pipelines of transformers and datasets do`,
  ])
  expect(await warnings({orient: true})).toEqual([])
})

test('a recipe names the columns of its images', async () => {
  const {recipe} = await place()
  const columned = (columns: object) => recipe({data: {train: CIFAR, test: {test: CIFAR}, columns}})
  expect(await labelsOf(await columned({image: 'img', label: 'fine_label'}))).toBe(3)
  await expect(labelsOf(await columned({label: 'kind'}))).rejects.toThrow('no column of labels named kind; found:')
})

test('images of one class are refused before any work', async () => {
  const {folder, recipe} = await place()
  for (const name of ['green', 'red']) rmSync(join(folder, 'train', name), {recursive: true})
  const wanted = {
    kind: 'input',
    message: `${folder}/train: a classifier needs two classes or more; there is only blue`,
    at: ['data', 'train'],
  }
  await expect(labelsOf(await recipe())).rejects.toMatchObject(wanted)
  await expect(openExperiment(await recipe())).rejects.toMatchObject(wanted)
  const untrained = await recipe({adapter: {method: 'none'}})
  await expect(labelsOf({...untrained, train: undefined})).rejects.toMatchObject(wanted)
})
